// 用户同意隐私政策可能先于登录，所以先记在本机，登录后再报给 wxuser。
const client = require("./client");
const { privacyVersion } = require("./config");

const KEY = "consent";

async function report() {
    const version = wx.getStorageSync(KEY);
    if (!version || !client.isLoggedIn) return;
    await client.consent("privacy", version);
    wx.removeStorageSync(KEY);
}

function agree() {
    wx.setStorageSync(KEY, privacyVersion);
    return report();
}

// 需要时弹出隐私弹窗，用户拒绝则抛出错误。
function need() {
    if (!wx.getPrivacySetting) return Promise.resolve();
    return new Promise((resolve, reject) => {
        const ask = () => wx.requirePrivacyAuthorize({ success: resolve, fail: () => reject(new Error("需要您同意隐私政策")) });
        wx.getPrivacySetting({ success: ({ needAuthorization }) => (needAuthorization ? ask() : resolve()), fail: ask });
    });
}

module.exports = { agree, need, report };
