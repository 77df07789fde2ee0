// node-easywechat as an application uses it, its base URL set to the server in WeChat's place.
// Takes one JSON argument, prints what the library made of each answer.
"use strict";

const crypto = require("crypto");
const { MiniApp, OfficialAccount } = require("node-easywechat");

const order = JSON.parse(process.argv[2]);

function configuration(app, more) {
    return { ...app, http: { baseURL: `${order.url}/` }, file_cache: { path: order.cache }, ...more };
}

async function errorOf(promise) {
    try {
        return await promise;
    } catch (error) {
        return { error: error.message };
    }
}

async function checkSession(app, openid, sessionKey) {
    const signature = crypto.createHmac("sha256", sessionKey).update("").digest("hex");
    const params = { openid, signature, sig_method: "hmac_sha256" };
    const response = await app.getClient().get("/wxa/checksession", { params });
    return response.toObject();
}

async function useMini() {
    const app = new MiniApp(configuration(order.mini, { use_stable_access_token: true }));
    const session = await app.getUtils().codeToSession(order.mini_code);
    return {
        session,
        codeAgain: await errorOf(app.getUtils().codeToSession(order.mini_code)),
        stableToken: await app.getAccessToken().getToken(),
        stableTokenAgain: await app.getAccessToken().refresh(),
        checked: await checkSession(app, session.openid, session.session_key),
        checkedWrong: await errorOf(checkSession(app, session.openid, "d3Jvbmcga2V5LCAxNmJ5dA==")),
    };
}

async function useOfficial() {
    const app = new OfficialAccount(configuration(order.official));
    const oauth = app.getOAuth();
    oauth._baseUrl = `${order.url}/sns`;
    const user = await oauth.userFromCode(order.oauth_code);
    return {
        user: { openid: user.getId(), nickname: user.getNickname(), avatar: user.getAvatar() },
        token: await app.getAccessToken().getToken(),
    };
}

async function main() {
    console.log(JSON.stringify({ mini: await useMini(), official: await useOfficial() }));
}

main().catch((error) => {
    console.error(error);
    process.exitCode = 1;
});
