/*
 * node browser.js CHROMIUM URL PATH...: each page in Chromium at the width of a phone and of a
 * screen, light and dark. Writes JSON: "problems", what scrolls sideways, what axe finds, an
 * exception of a script, a language that is not hidden, a form without the sandbox; and "answers",
 * what the forms of the samples get.
 */
const fs = require("fs");
const puppeteer = require("puppeteer-core");

const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [chromium, url, ...paths] = process.argv.slice(2);
const problems = [], answers = [];

async function look(page, where) {
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (beyond > 0)
    problems.push(`${where}: scrolls sideways by ${beyond}`);
  const broken = await page.evaluate(() => [...document.querySelectorAll(".bar a")].filter(link =>
    link.offsetHeight > 1.5 * parseFloat(getComputedStyle(link).lineHeight)).map(link => link.textContent));
  if (broken.length > 0)
    problems.push(`${where}: the header breaks ${broken}`);
  const {violations} = await page.evaluate(() => axe.run());
  for (const {impact, id, nodes} of violations)
    if (impact !== "minor")
      problems.push(`${where}: axe: ${impact}: ${id}: ${nodes[0].html}`);
}

async function isDark(page) {
  const color = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  return color.match(/\d+/g).every(part => part < 128);
}

async function lookAtLanguages(page, where) {
  for (const [chosen, hidden] of [["zh", "en"], ["en", "zh-CN"]]) {
    await page.evaluate(id => document.getElementById(id).click(), chosen);
    const n = await page.evaluate(language => [...document.querySelectorAll(`.t[lang="${language}"]`)]
      .filter(element => element.getClientRects().length > 0).length, hidden);
    if (n > 0)
      problems.push(`${where}: ${n} texts are shown in ${hidden}, too`);
  }
}

async function lookAtAll(page, path) {
  for (const scheme of ["light", "dark"]) {
    await page.emulateMediaFeatures([{name: "prefers-color-scheme", value: scheme}]);
    if (await isDark(page) !== (scheme === "dark"))
      problems.push(`${path} ${scheme}: is not`);
    for (const width of [390, 1280]) {
      await page.setViewport({width, height: 844});
      await look(page, `${path} ${width} ${scheme}`);
    }
  }
}

/* One click each. */
async function sendForms(page, path) {
  for (const sample of await page.$$(".sample")) {
    const name = await sample.evaluate(element => element.dataset.name);
    const form = await sample.$(".try form");
    if (form === null)
      continue;
    await form.evaluate(element => element.querySelector("button").click());
    const answer = await page.waitForFunction(
      element => /^(HTTP|\w*Error)/.test(element.querySelector("pre").textContent) &&
        element.querySelector("pre").textContent, {timeout: 30000}, form);
    answers.push([path, name, await answer.jsonValue()]);
  }
}

async function open(browser, path) {
  const page = await browser.newPage();
  page.on("pageerror", error => problems.push(`${path}: ${error.message}`));
  return page;
}

async function visit(browser, path) {
  const page = await open(browser, path);
  await page.goto(url + path, {waitUntil: "networkidle2"});
  await page.evaluate(axe);
  await lookAtLanguages(page, path);
  await sendForms(page, path);
  await page.evaluate(() => document.querySelectorAll("details").forEach(element => element.open = true));
  await lookAtAll(page, path);
  await page.close();
}

/* The service says that it talks to WeChat. */
async function visitWithoutSandbox(browser, path) {
  const page = await open(browser, path);
  await page.setRequestInterception(true);
  page.on("request", request => {
    if (request.url() === `${url}/readyz`)
      request.respond({contentType: "application/json", body: '{"is_sandbox":false}'});
    else
      request.continue();
  });
  await page.goto(url + path, {waitUntil: "networkidle0"});
  if (await page.$("form") !== null)
    problems.push(`${path}: has a form without the sandbox`);
  await page.close();
}

(async () => {
  const browser = await puppeteer.launch({executablePath: chromium, args: ["--no-sandbox"]});
  for (const path of paths) {
    await visit(browser, path);
    if (path.startsWith("/help/"))
      await visitWithoutSandbox(browser, path);
  }
  await browser.close();
  console.log(JSON.stringify({problems, answers}));
})();
