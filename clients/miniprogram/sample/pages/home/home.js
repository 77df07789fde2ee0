const act = require("../../act");
const client = require("../../client");
const consent = require("../../consent");
const localTime = require("../../local_time");

Component({
    data: { isBusy: false, person: null, erasesAt: null },

    methods: {
        // 每次打开只读取资料，令牌由客户端自己更新。
        onShow() {
            if (client.isLoggedIn) return this.enter(() => this.load());
            this.setData({ person: null });
            return Promise.resolve();
        },

        async load() {
            this.setData({ person: await client.me(), erasesAt: null });
            await consent.report();
        },

        // 同意隐私政策之前不登录。
        login() {
            return this.enter(async () => {
                await consent.need();
                await client.login();
                await this.load();
            });
        },

        reopen() {
            return this.enter(async () => {
                await client.reopen();
                await this.load();
            });
        },

        // 登录可能已失效；账号在等待注销时，显示恢复按钮。
        enter(work) {
            return act(this, async () => {
                try {
                    await work();
                } catch (error) {
                    if (!client.isLoggedIn) this.setData({ person: null });
                    if (error.code === "account_closed") this.setData({ erasesAt: localTime(error.problem.erases_at) });
                    throw error;
                }
            });
        },

        confirmPhone(event) {
            return act(this, async () => {
                await client.confirmPhone(event);
                await this.load();
            });
        },

        logout() {
            return act(this, async () => {
                this.setData({ person: null });
                await client.logout();
            });
        },
    },
});
