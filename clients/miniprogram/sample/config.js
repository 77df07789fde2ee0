module.exports = {
    // wxuser 的地址。上线时须为 https，并在小程序后台加入 request 合法域名。
    url: "http://127.0.0.1:8080",
    // 您自己的服务器：接收头像文件，返回 {"url": "https://…"}。须加入 uploadFile 合法域名。
    avatarUrl: "http://127.0.0.1:8080/avatar",
    // 隐私政策的版本，随同意记录一起保存。
    privacyVersion: "2026-01-01",
    // 用 conf/quickstart.sh 的沙箱试用时填写：不需要真的 AppID。上线时改为 null。
    sandbox: { appid: "wx1000000000000001" },
};
