/*
 * A form for the samples of a page of /help/, where the service talks to the sandbox. Before a
 * request is sent, the script does what the sample's case needs, with values of its own, so that
 * the answer is the one of the sample. tests/stack/case.py describes the holes and the verbs.
 */
import {button, call, callJson, pretty, said, show} from "./help.js";

const SHOP = "/api/weixin/wxbuyinguser", CITY = "/city/v3/OnlineMediateWW";
const VILLAGE = "430102001001";

function digits(n) {
	return Array.from(crypto.getRandomValues(new Uint8Array(n)), byte => byte % 10).join("");
}

/* The values of one try: those that every case has, and those that verbs add. */
class Values {
	constructor(apps) {
		const [first] = apps;
		const unique = digits(16), phone = () => `137${digits(8)}`;
		this.known = {
			unique, UNIQUE: unique, phone: phone(), "other-phone": phone(), key: first.api_key,
			"wechat-key": first.wechat_key,
			url: location.origin, app: first.appid,
			"official-app": apps.find(({kind}) => kind === "official")?.appid,
			"second-app": apps.find(app => app.api_key !== first.api_key)?.appid,
		};
	}

	/* The first value of a kind is "id1", the next one "id2". */
	keep(kind, value) {
		let n = 1;
		while (`${kind}${n}` in this.known)
			n++;
		this.known[`${kind}${n}`] = value;
	}

	fill(text) {
		return text.replace(/\$\{([A-Za-z0-9-]+)\}/g, (hole, name) => this.known[name] ?? hole);
	}

	/* A write of the tenant's server; returns its answer's JSON. */
	write(target, message) {
		return callJson("POST", target, message, {credential: this.known.key});
	}

	code(user) {
		return callJson("POST", "/sandbox/codes", {appid: this.known.app, ...user});
	}

	async logIn(user) {
		const made = await this.code(user);
		const {data} = await callJson("POST", "/api/Customer/AppAuthorization", {code: made.code},
			{appid: made.appid});
		return {...made, token: data.accessToken};
	}

	async user(user) {
		return (await this.write(`${SHOP}/saveuser`, user)).data;
	}

	async member(member) {
		const user = await this.user({openId: `o${digits(16)}`});
		const {data} = await this.write(`${SHOP}/createmember`, {wxBuyingUserId: user, ...member});
		await this.write(`${SHOP}/unbindmember`, {wxBuyingUserId: user});
		return data;
	}

	async lastSms(phone) {
		return (await callJson("GET", `/sandbox/sms?phone=${phone}`)).pop().code;
	}

	async verifyCode(openid, phone) {
		await this.write(`${CITY}/SendVerifyCode`, {MobilePhone: phone, OpenId: openid});
		return this.lastSms(phone);
	}

	async smsCode(token, phone) {
		await call("POST", "/v1/me/phone/sms-codes",
			{credential: token, type: "application/json", body: JSON.stringify({phone})});
		return this.lastSms(phone);
	}

	async resident(resident) {
		const {OpenId, MobilePhone} = resident;
		const answer = await this.write(`${CITY}/SaveWXUserInfo`, {Name: "张三", RID: VILLAGE,
			VerifyCode: await this.verifyCode(OpenId, MobilePhone), ...resident});
		return answer.Data[0].WXUserInfo.Id;
	}
}

/* The verbs of a case's lines. */
const VERBS = {
	"user": async (values, fields) => values.keep("id", await values.user(fields)),
	/* Who has just changed does not come yet: the form reads from the beginning. */
	"changed": async (values, fields) => {
		values.keep("id", await values.user(fields));
		values.keep("cursor", "");
	},
	"code": async (values, fields) => values.keep("code", (await values.code(fields)).code),
	"session": async (values, fields) => {
		const session = await values.logIn(fields);
		values.keep("openid", session.openid);
		values.keep("session-key", session.session_key);
	},
	"token": async (values, fields) => values.keep("token", (await values.logIn(fields)).token),
	"phone-code": async (values, fields) => values.keep("phone-code",
		(await callJson("POST", "/sandbox/phone-codes", {appid: values.known.app, ...fields})).code),
	"member": async (values, fields) => values.keep("member", await values.member(fields)),
	"verify-code": async (values, {openid, phone}) =>
		values.keep("verify-code", await values.verifyCode(openid, phone)),
	"sms-code": async (values, {token, phone}) =>
		values.keep("sms-code", await values.smsCode(token, phone)),
	"resident": async (values, fields) => values.keep("resident", await values.resident(fields)),
};

/* The lines of a sample's case, as verb and fields. */
function linesOf({dataset: {given = ""}}) {
	return [...given.matchAll(/^(\S+) (.*)$/gm)].map(([, verb, fields]) => ({verb, fields}));
}

/* What a case needs may be beyond a page, as an account that was closed days ago. */
function canPrepare(sample) {
	return linesOf(sample).every(({verb}) => verb in VERBS);
}

async function prepare(sample) {
	const {apps} = await callJson("GET", "/sandbox/apps");
	const values = new Values(apps);

	for (const {verb, fields} of linesOf(sample))
		await VERBS[verb](values, JSON.parse(values.fill(fields)));
	return values;
}

function field(zh, en, control) {
	const label = document.createElement("label");
	control.spellcheck = false;
	control.autocomplete = "off";
	label.append(said(zh, en), control);
	return label;
}

function addForm(sample) {
	const {method, target, credential, appid, accept, type, body} = sample.dataset;
	const around = document.createElement("details");
	const summary = document.createElement("summary");
	const form = document.createElement("form");
	const inputs = {
		target: document.createElement("input"),
		credential: document.createElement("input"),
		appid: document.createElement("input"),
		body: document.createElement("textarea"),
	};
	const answer = document.createElement("pre");
	const buttons = document.createElement("div");
	const send = document.createElement("button");
	let filled;

	async function fillIn() {
		const values = await prepare(sample);
		for (const [name, text] of Object.entries({target, credential, appid, body}))
			inputs[name].value = text === undefined ? "" : pretty(values.fill(text));
	}

	function begin() {
		filled = fillIn();
		filled.catch(error => show(answer, Promise.reject(error)));
	}

	async function sendIt() {
		if (!filled)
			begin();
		await filled;
		return call(method, inputs.target.value, {
			accept, type, credential: inputs.credential.value, appid: inputs.appid.value,
			body: body === undefined ? undefined : inputs.body.value,
		});
	}

	around.className = "try";
	summary.append(said("试一试", "Try it"));
	send.append(said("发送", "Send"));
	buttons.append(send, button("换一组数据", "Other values", () => begin()));
	answer.hidden = true;
	answer.tabIndex = 0;
	answer.setAttribute("role", "status");
	form.append(field("地址", "Address", inputs.target));
	if (credential !== undefined)
		form.append(field("凭证（沙箱的）", "Credential (of the sandbox)", inputs.credential));
	if (appid !== undefined)
		form.append(field("应用 X-WX-AppId", "App, X-WX-AppId", inputs.appid));
	if (body !== undefined)
		form.append(field("正文", "Body", inputs.body));
	form.append(buttons, answer);
	form.addEventListener("submit", event => {
		event.preventDefault();
		show(answer, sendIt());
	});
	around.addEventListener("toggle", () => filled ?? begin());
	around.append(summary, form);
	sample.append(around);
}

export function addForms(samples) {
	[...samples].filter(canPrepare).forEach(addForm);
}
