/*
 * What the pages of /help/ do with a script: they remember the language, put the site's own address
 * into the samples and copy them. Where the service talks to the sandbox, they also load try.js. On
 * any other host there is no form, since nobody should paste a live key into a page.
 *
 * The sandbox's page uses it, too.
 */
const SITE = "https://wxuser.example.com";
/* Where the service is, without a slash at the end. */
export const BASE = new URL("..", import.meta.url).href.replace(/\/$/, "");

/* A text in both languages, of which the style sheet shows one. */
export function said(zh, en, element = "span") {
	const both = document.createDocumentFragment();
	for (const [language, text] of [["zh-CN", zh], ["en", en]]) {
		const one = document.createElement(element);
		one.className = "t";
		one.lang = language;
		one.textContent = text;
		both.append(one);
	}
	return both;
}

export function button(zh, en, run) {
	const made = document.createElement("button");
	made.type = "button";
	made.append(said(zh, en));
	made.addEventListener("click", () => run(made));
	return made;
}

export function copyButton(text) {
	const copy = button("复制", "Copy", async () => {
		await navigator.clipboard.writeText(text());
		copy.replaceChildren(said("已复制", "Copied"));
		setTimeout(() => copy.replaceChildren(said("复制", "Copy")), 1500);
	});
	copy.className = "copy";
	return copy;
}

/* JSON on several lines; any other text as it is. */
export function pretty(text) {
	try {
		return JSON.stringify(JSON.parse(text), null, 2);
	} catch {
		return text;
	}
}

/* Returns what is answered as {status, text}. */
export async function call(method, target, {credential, accept, type, body, appid} = {}) {
	const headers = {};
	if (credential)
		headers.Authorization = `Bearer ${credential}`;
	if (accept)
		headers.Accept = accept;
	if (type)
		headers["Content-Type"] = type;
	if (appid)
		headers["X-WX-AppId"] = appid;
	const answer = await fetch(BASE + target, {method, headers, body});
	return {status: answer.status, text: await answer.text()};
}

/* Returns the JSON that is answered, and throws what is no success. */
export async function callJson(method, target, message, more) {
	const body = message === undefined ? undefined : JSON.stringify(message);
	const {status, text} = await call(method, target, {...more, type: "application/json", body});
	if (status !== 200)
		throw new Error(`${target}: HTTP ${status}\n${text}`);
	return JSON.parse(text);
}

/* Shows what a promise of call() brings in a <pre>. */
export async function show(pre, answered) {
	pre.hidden = false;
	pre.textContent = "…";
	try {
		const {status, text} = await answered;
		pre.textContent = `HTTP ${status}\n${pretty(text)}`;
	} catch (error) {
		pre.textContent = String(error);
	}
}

function rememberLanguage() {
	const prefers = navigator.languages.find(language => /^(zh|en)\b/.test(language)) || "zh";
	let chosen = prefers.slice(0, 2);
	try {
		chosen = localStorage.getItem("language") || chosen;
	} catch { /* storage is switched off */ }
	for (const radio of document.querySelectorAll("[name=language]")) {
		radio.checked = radio.id === chosen;
		radio.addEventListener("change", () => {
			try {
				localStorage.setItem("language", radio.id);
			} catch { /* likewise */ }
		});
	}
}

function addCopyButtons() {
	for (const code of document.querySelectorAll("pre > code")) {
		code.textContent = code.textContent.replaceAll(SITE, BASE);
		code.parentNode.before(copyButton(() => code.textContent));
	}
}

async function addFormsWithSandbox() {
	const samples = document.querySelectorAll(".sample");
	if (samples.length === 0)
		return;
	const {is_sandbox: isSandbox} = await callJson("GET", "/readyz");
	if (isSandbox)
		(await import("./try.js")).addForms(samples);
}

rememberLanguage();
addCopyButtons();
addFormsWithSandbox().catch(() => { /* not ready: no forms */ });
