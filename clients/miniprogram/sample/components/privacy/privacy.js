const consent = require("../../consent");

// 等待用户决定的隐私接口。
let waiting = [];

function decide(decision) {
    waiting.forEach((resolve) => resolve(decision));
    waiting = [];
}

Component({
    data: { isShown: false },

    lifetimes: {
        attached() {
            this.listen();
        },
    },

    pageLifetimes: {
        show() {
            this.listen();
        },
    },

    methods: {
        // 后注册的监听会覆盖之前的，所以由正在显示的页面来弹窗。
        listen() {
            if (!wx.onNeedPrivacyAuthorization) return;
            wx.onNeedPrivacyAuthorization((resolve) => {
                waiting.push(resolve);
                this.setData({ isShown: true });
            });
        },

        read() {
            wx.openPrivacyContract({ fail: () => wx.showToast({ title: "打开失败，请稍后再试", icon: "none" }) });
        },

        async agree() {
            this.setData({ isShown: false });
            decide({ event: "agree", buttonId: "agree" });
            try {
                await consent.agree();
            } catch (error) {
                // 仍记在本机，下次打开时再报。
            }
        },

        refuse() {
            this.setData({ isShown: false });
            decide({ event: "disagree" });
        },
    },
});
