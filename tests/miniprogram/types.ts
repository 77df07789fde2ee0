// What the typings permit, and, by @ts-expect-error, what they refuse.
import { createClient, uniPlatform, wxPlatform } from "wxuser-miniprogram";
import type { Client, LocalCode, Person, Platform, WxuserError } from "wxuser-miniprogram";
import { createWebClient } from "wxuser-miniprogram/web";

const client: Client = createClient({ url: "https://user.example.com", platform: wxPlatform(), language: "en", maxWaitMs: 1 });
const inUni: Platform = uniPlatform({});
createClient({ url: "https://user.example.com", platform: wxPlatform(wx) });
createClient({ url: "https://user.example.com", platform: { ...inUni, login: async (purpose) => `code for ${purpose}` } });
// @ts-expect-error: without a platform
createClient({ url: "https://user.example.com" });
// @ts-expect-error: no such language
createClient({ url: "https://user.example.com", platform: wxPlatform(), language: "fr" });

async function use(event: WechatMiniprogram.ButtonGetPhoneNumber) {
    const { account, phone_error: phoneError } = await client.login({ phone_code: "p", profile: { name: "n", city: null } });
    const person: Person = account;
    const text: string | undefined = phoneError?.code;
    await client.confirmPhone(event);
    // @ts-expect-error: read only
    await client.saveProfile({ openid: "o" });
    // @ts-expect-error: wx.request has no PATCH
    await client.request({ method: "PATCH", path: "/v1/me" });
    // @ts-expect-error: not of /v1
    await client.request({ path: "https://evil.example.com" });
    const own = await client.request<{ a: number }>({ method: "POST", path: "/v1/x", body: {}, repeatable: true });
    const { url } = await client.upload<{ url: string }>({ url: "https://shop.example.com", filePath: "wxfile://a" });
    const receipt = await client.erase();
    const when: string | undefined = receipt.erases_at ?? receipt.erased_at;
    return [person.phone?.is_confirmed, person.member?.card_state, text, own.a, url, when, await client.token()];
}

use({} as WechatMiniprogram.ButtonGetPhoneNumber).catch((error: WxuserError) => {
    const code: LocalCode | string = error.code;
    // @ts-expect-error: a number
    const status: string = error.status;
    return [code, status, error.errors.map((fault) => fault.pointer), error.problem.erases_at];
});

const page = createWebClient({ url: "https://user.example.com", appid: "wx1", scope: "snsapi_userinfo" });
if (page.returnedFrom === "login") page.login();
else if (!page.isLoggedIn) page.authorize();
// @ts-expect-error: no such purpose
page.authorize("pay");
// @ts-expect-error: without an appid
createWebClient({ url: "https://user.example.com" });
