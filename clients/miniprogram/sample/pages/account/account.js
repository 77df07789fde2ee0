const act = require("../../act");
const client = require("../../client");
const localTime = require("../../local_time");

function ask(content) {
    return new Promise((resolve) => {
        const success = ({ confirm }) => resolve(confirm);
        wx.showModal({ title: "注销账号", content, confirmText: "注销", success, fail: () => resolve(false) });
    });
}

function tell(content) {
    return new Promise((resolve) => {
        wx.showModal({ title: "注销账号", content, showCancel: false, complete: resolve });
    });
}

Component({
    data: { isBusy: false, sessions: [] },

    methods: {
        onLoad() {
            return act(this, () => this.load());
        },

        async load() {
            const sessions = await client.sessions();
            sessions.forEach((session) => {
                session.began = localTime(session.began_at);
            });
            this.setData({ sessions });
        },

        endSession(event) {
            return act(this, async () => {
                await client.endSession(event.currentTarget.dataset.id);
                await this.load();
            });
        },

        async erase() {
            if (!await ask("注销后，您的资料、手机号和会员信息都会删除，无法找回。")) return;
            let receipt;
            const isDone = await act(this, async () => {
                receipt = await client.erase();
            });
            if (!isDone) return;
            const { receipt: number, erases_at: erasesAt } = receipt;
            const outcome = erasesAt ? `账号将于 ${localTime(erasesAt)} 注销，在此之前登录可以恢复。` : "账号已注销。";
            await tell(`${outcome}回执：${number}`);
            wx.reLaunch({ url: "/pages/home/home" });
        },
    },
});
