/*
 * node browser.js CHROMIUM URL PAGE...: each page of /help/ in Chromium at the width of a phone and
 * of a screen, light and dark. Writes what is wrong, a line each: what scrolls sideways, what axe
 * finds serious, an exception of the script, and a form that gets no answer.
 */
const fs = require("fs");
const puppeteer = require("puppeteer-core");

const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [chromium, url, ...names] = process.argv.slice(2);

async function look(page, where) {
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (beyond > 0)
    console.log(`${where}: scrolls sideways by ${beyond}`);
  await page.evaluate(axe);
  const {violations} = await page.evaluate(() => axe.run());
  for (const {impact, id, nodes} of violations)
    if (impact === "serious" || impact === "critical")
      console.log(`${where}: axe: ${id}: ${nodes[0].html}`);
}

async function sendForms(page, where) {
  for (const form of await page.$$(".try form")) {
    await form.evaluate(element => {
      element.closest("details").open = true;
      element.requestSubmit();
    });
    const answer = await page.waitForFunction(
      element => /^(HTTP|\w*Error)/.test(element.querySelector("pre").textContent) &&
        element.querySelector("pre").textContent, {timeout: 30000}, form);
    const text = await answer.jsonValue();
    if (!/^HTTP (200|401)/.test(text))
      console.log(`${where}: a form gets ${text}`);
  }
}

async function visit(browser, name, width, scheme) {
  const page = await browser.newPage();
  const where = `${name} ${width} ${scheme}`;
  page.on("pageerror", error => console.log(`${where}: ${error.message}`));
  await page.setViewport({width, height: 844});
  await page.emulateMediaFeatures([{name: "prefers-color-scheme", value: scheme}]);
  await page.goto(`${url}/help/${name}`, {waitUntil: "networkidle0"});
  await look(page, where);
  if (width === 1280 && scheme === "light") {
    const samples = await page.$$(".sample"), forms = await page.$$(".try form");
    console.error(`${name} has ${forms.length} forms`);
    if (forms.length !== samples.length)
      console.log(`${where}: ${samples.length} samples, ${forms.length} forms`);
    await sendForms(page, where);
  }
  await page.close();
}

(async () => {
  const browser = await puppeteer.launch({executablePath: chromium, args: ["--no-sandbox"]});
  for (const width of [390, 1280])
    for (const scheme of ["light", "dark"])
      for (const name of names)
        await visit(browser, name, width, scheme);
  await browser.close();
})();
