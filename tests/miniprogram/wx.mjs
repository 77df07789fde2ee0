// wx as a mini program has it, made of fetch; the sandbox plays WeChat's part.
import { readFileSync } from "node:fs";

const { WXUSER_URL, WXUSER_APP_ID } = process.env;

export async function sandbox(path, body) {
    const answer = await fetch(`${WXUSER_URL}/sandbox/${path}`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ appid: WXUSER_APP_ID, ...body }),
    });
    if (answer.status !== 200) throw new Error(await answer.text());
    return answer.json();
}

function report(promise, { success = () => {}, fail = () => {}, complete = () => {} }) {
    promise.then(success, (error) => fail({ errMsg: `fail ${error.message}` })).then(complete);
}

async function transfer(url, options, dataType) {
    const answer = await fetch(url, options);
    const text = await answer.text();
    const data = dataType === "json" ? JSON.parse(text) : text;
    return { statusCode: answer.status, header: Object.fromEntries(answer.headers), data, errMsg: "ok" };
}

function startTransfer(url, init, { dataType = "json", ...options }) {
    const controller = new AbortController();
    report(transfer(url, { ...init, signal: controller.signal }, dataType), options);
    return { abort: () => controller.abort() };
}

// user: what the sandbox knows of the person.
export class Wx {
    constructor(user) {
        this.user = user;
        this.stored = new Map();
        this.sent = []; // paths
        this.shown = []; // texts of toasts and dialogues
        this.opened = []; // pages
        this.env = { USER_DATA_PATH: "/" };
        this.getStorageSync = (key) => this.stored.get(key) ?? "";
        this.setStorageSync = (key, value) => this.stored.set(key, value);
        this.removeStorageSync = (key) => this.stored.delete(key);
        this.getAccountInfoSync = () => ({ miniProgram: { appId: WXUSER_APP_ID } });
    }

    request = (options) => {
        const { url, method = "GET", header, data } = options;
        this.sent.push(`${method} ${new URL(url).pathname}`);
        const isText = data === undefined || typeof data === "string";
        const body = isText ? data : JSON.stringify(data);
        return startTransfer(url, { method, headers: { "Content-Type": "application/json", ...header }, body }, options);
    };

    uploadFile = (options) => {
        const { url, filePath, name, formData = {}, header } = options;
        const form = new FormData();
        Object.entries(formData).forEach(([key, value]) => form.append(key, value));
        form.append(name, new Blob([readFileSync(filePath)]), "picture");
        return startTransfer(url, { method: "POST", headers: header, body: form }, { ...options, dataType: "text" });
    };

    login = (options) => report(sandbox("codes", this.user), options);

    // What a button of open-type getPhoneNumber gives.
    async phoneEvent(phone) {
        return { detail: { code: (await sandbox("phone-codes", { openid: this.user.openid, phone })).code } };
    }
}
