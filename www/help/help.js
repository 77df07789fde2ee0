/*
 * What the pages of /help/ do with a script: they remember the language, put the site's own address
 * into the samples, copy them, and, where the service talks to the sandbox, try them. On any other
 * host there is no form, since nobody should paste a live key into a page.
 */
"use strict";

const SITE = "https://wxuser.example.com";
const BASE = new URL("..", location.href).href.replace(/\/$/, "");

function said(zh, en, element = "span") {
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

function button(zh, en, run) {
	const made = document.createElement("button");
	made.type = "button";
	made.append(said(zh, en));
	made.addEventListener("click", () => run(made));
	return made;
}

function rememberLanguage() {
	const prefers = navigator.languages.find(language => /^(zh|en)\b/.test(language)) || "zh";
	let chosen = prefers.slice(0, 2);
	try {
		chosen = localStorage.getItem("language") || chosen;
	} catch { /* storage is switched off */ }
	for (const radio of document.querySelectorAll(".switch")) {
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
		const copy = button("复制", "Copy", async () => {
			await navigator.clipboard.writeText(code.textContent);
			copy.replaceChildren(said("已复制", "Copied"));
			setTimeout(() => copy.replaceChildren(said("复制", "Copy")), 1500);
		});
		copy.className = "copy";
		code.parentNode.before(copy);
	}
}

function field(zh, en, control) {
	const label = document.createElement("label");
	label.append(said(zh, en), control);
	return label;
}

async function send(sample, target, credential, body) {
	const headers = {};
	if (credential)
		headers.Authorization = `Bearer ${credential}`;
	if (sample.dataset.type)
		headers["Content-Type"] = sample.dataset.type;
	const method = sample.dataset.method;
	const answer = await fetch(BASE + target,
		{method, headers, body: method === "GET" ? undefined : body});
	const text = await answer.text();
	try {
		return `HTTP ${answer.status}\n${JSON.stringify(JSON.parse(text), null, 2)}`;
	} catch {
		return `HTTP ${answer.status}\n${text}`;
	}
}

/* A login code of the sandbox in place of the one that the text shows. */
async function fillInCode(area) {
	const answer = await fetch(`${BASE}/sandbox/codes`,
		{method: "POST", headers: {"Content-Type": "application/json"}, body: "{}"});
	const {code} = await answer.json();
	area.value = area.value
		.replace(/("code"\s*:\s*")[^"]*/, `$1${code}`)
		.replace(/(^|&)code=[^&]*/, `$1code=${code}`)
		.replace(/(<Code>)[^<]*/, `$1${code}`);
}

function addForm(sample) {
	const around = document.createElement("details");
	const summary = document.createElement("summary");
	const form = document.createElement("form");
	const target = document.createElement("input");
	const credential = document.createElement("input");
	const area = document.createElement("textarea");
	const answer = document.createElement("pre");
	const buttons = document.createElement("div");
	const submit = document.createElement("button");

	around.className = "try";
	summary.append(said("试一试", "Try it"));
	target.value = sample.dataset.target;
	area.value = sample.dataset.method === "GET" ? "" : sample.querySelector("code").textContent;
	area.spellcheck = target.spellcheck = credential.spellcheck = false;
	credential.autocomplete = "off";
	answer.hidden = true;
	answer.setAttribute("role", "status");
	submit.append(said("发送", "Send"));
	buttons.append(submit);
	form.append(field("地址", "Address", target));
	if (sample.dataset.credential)
		form.append(field("凭证（沙箱的 API key 或访问令牌）",
			"Credential (API key or access token of the sandbox)", credential));
	if (area.value) {
		form.append(field("正文", "Body", area));
		if (/"code"|(^|&)code=|<Code>/.test(area.value))
			buttons.append(button("换一个登录 code", "Make a login code",
				() => fillInCode(area)));
	}
	form.append(buttons, answer);
	form.addEventListener("submit", async event => {
		event.preventDefault();
		answer.hidden = false;
		answer.textContent = "…";
		try {
			answer.textContent = await send(sample, target.value, credential.value, area.value);
		} catch (error) {
			answer.textContent = String(error);
		}
	});
	around.append(summary, form);
	sample.append(around);
}

async function addFormsWithSandbox() {
	const samples = document.querySelectorAll(".sample");
	if (samples.length === 0)
		return;
	const answer = await fetch(`${BASE}/readyz`);
	const {is_sandbox: isSandbox} = await answer.json();
	if (isSandbox)
		samples.forEach(addForm);
}

rememberLanguage();
addCopyButtons();
addFormsWithSandbox().catch(() => { /* not ready: no forms */ });
