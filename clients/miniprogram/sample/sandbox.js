// 沙箱代替微信发放 code：每台设备是一个固定的用户。

const KEY = "sandbox_openid";

function openid() {
    const known = wx.getStorageSync(KEY);
    if (known) return known;
    const made = `o${Date.now()}${Math.random().toString(36).slice(2)}`;
    wx.setStorageSync(KEY, made);
    return made;
}

module.exports = ({ url, appid }) => new Promise((resolve, reject) => {
    wx.request({
        url: `${url}/sandbox/codes`,
        method: "POST",
        data: { appid, openid: openid() },
        success: ({ data }) => (data.code ? resolve(data.code) : reject("沙箱没有返回 code")),
        fail: ({ errMsg }) => reject(errMsg),
    });
});
