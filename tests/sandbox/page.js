/*
 * The sandbox's page: it makes codes and logs in with them, orders faults, and shows messages and
 * calls as they come.
 */
import {button, call, callJson, copyButton, said, show} from "/help/help.js";

const LOGIN = "/v1/login";
const REFRESH_MS = 2000;
const N_SHOWN = 10;

/* What a click orders: kind, value, and what it is called. */
const FAULTS = [
	["slow", 3000, "慢 3 秒", "3 s late"],
	["hang", 60, "不应答", "no answer"],
	["cut", 0, "断开", "cut off"],
	["truncate", 0, "只有一半", "half of it"],
	["status", 502, "HTTP 502", "HTTP 502"],
	["html", 0, "HTML 页面", "an HTML page"],
	["errcode", -1, "errcode -1", "errcode -1"],
	["errcode", 40029, "errcode 40029", "errcode 40029"],
	["errcode", 40163, "errcode 40163", "errcode 40163"],
	["errcode", 45011, "errcode 45011", "errcode 45011"],
];

function element(name, className, ...inside) {
	const made = document.createElement(name);
	made.className = className;
	made.append(...inside);
	return made;
}

/* A line "name value", with a button that copies the value. */
function valueLine(name, value) {
	return element("p", "value", element("span", "name", name), element("code", "", value),
		copyButton(() => value));
}

function fieldsOf(form) {
	return Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
}

/* Runs make() when the form is sent, and shows what it returns, or why it failed. */
function onSend(form, make) {
	const made = form.querySelector(".made");
	form.addEventListener("submit", async event => {
		event.preventDefault();
		try {
			made.replaceChildren(...await make(fieldsOf(form)));
		} catch (error) {
			made.replaceChildren(element("pre", "", String(error)));
		}
	});
}

/* Sends the code to the service, as a mini program does. */
function loginButton({appid, code}) {
	const answer = element("pre", "");
	answer.hidden = true;
	answer.tabIndex = 0;
	const send = button("用它登录", "Log in with this code", () => show(answer,
		call("POST", LOGIN, {appid, type: "application/json", body: JSON.stringify({code})})));
	return [element("div", "", send), answer];
}

async function makeCode(fields) {
	const made = await callJson("POST", "/sandbox/codes", fields);
	return [valueLine("code", made.code), valueLine("openid", made.openid), ...loginButton(made)];
}

async function makePhoneCode(fields) {
	const made = await callJson("POST", "/sandbox/phone-codes", fields);
	return [valueLine("code", made.code), valueLine("openid", made.openid),
		valueLine("phone", made.phone)];
}

function addFaultButtons() {
	const form = document.getElementById("faults");
	const made = form.querySelector(".made");
	form.addEventListener("submit", event => event.preventDefault());
	form.querySelector(".kinds").append(...FAULTS.map(([kind, value, zh, en]) =>
		button(zh, en, async () => {
			const {path, count} = fieldsOf(form);
			try {
				await callJson("POST", "/sandbox/faults", {path, kind, value, count: Number(count)});
				made.replaceChildren();
				await refresh();
			} catch (error) {
				made.replaceChildren(element("pre", "", String(error)));
			}
		})));
}

function timeOf(at) {
	return element("time", "", new Date(at).toLocaleTimeString());
}

function smsEntry({at, phone, code, driver}) {
	return element("li", "", element("p", "head", element("strong", "", phone), timeOf(at)),
		valueLine(driver, code));
}

function faultEntry({path, kind, value, count}) {
	const end = button("取消", "End it", async () => {
		await callJson("POST", "/sandbox/faults", {path, kind: "none"});
		await refresh();
	});
	return element("li", "", element("p", "head", element("code", "", path),
		element("span", "", `${kind} ${value} × ${count}`), end));
}

function callEntry({at, path, appid, code, openid, fault, answer}) {
	const given = Object.entries({appid, code, openid, fault}).filter(([, value]) => value);
	return element("li", "", element("p", "head", element("code", "", path), timeOf(at)),
		...given.map(([name, value]) =>
			element("p", "value", element("span", "name", name), element("code", "", value))),
		element("pre", "", answer ?? "…"));
}

/* A list is written anew only if it has changed, so that a selection and the focus stay. */
const shown = {};
function showEntries(id, objects, entry) {
	const text = JSON.stringify(objects);
	if (shown[id] === text)
		return;
	shown[id] = text;
	const entries = objects.slice(0, N_SHOWN).map(entry);
	document.getElementById(id).replaceChildren(...entries.length > 0 ? entries
		: [element("li", "none", said("没有", "none"))]);
}

async function refresh() {
	const [sms, {faults}, {calls}] = await Promise.all(
		["sms", "faults", "calls"].map(name => callJson("GET", `/sandbox/${name}`)));
	showEntries("sms", sms.reverse(), smsEntry);
	showEntries("waiting", faults, faultEntry);
	showEntries("calls", calls, callEntry);
}

async function keepFresh() {
	if (!document.hidden)
		await refresh().catch(() => { /* the next time */ });
	setTimeout(keepFresh, REFRESH_MS);
}

async function listApps() {
	const {apps} = await callJson("GET", "/sandbox/apps");
	for (const select of document.querySelectorAll("select[name=appid]"))
		select.append(...apps.map(({appid, kind}) => new Option(`${appid} (${kind})`, appid)));
}

onSend(document.getElementById("codes"), makeCode);
onSend(document.getElementById("phone-codes"), makePhoneCode);
addFaultButtons();
listApps();
keepFresh();
