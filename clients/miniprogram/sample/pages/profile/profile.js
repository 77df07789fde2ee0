const act = require("../../act");
const client = require("../../client");
const { avatarUrl } = require("../../config");

Component({
    // avatar：显示的头像；chosen：刚选的本机文件，还没上传。
    data: { isBusy: false, avatar: "", chosen: "", name: "" },

    methods: {
        onLoad() {
            return act(this, async () => {
                const { profile } = await client.me();
                this.setData({ avatar: profile.avatar || "", name: profile.name || "" });
            });
        },

        chooseAvatar(event) {
            this.setData({ avatar: event.detail.avatarUrl, chosen: event.detail.avatarUrl });
        },

        // 微信对昵称的安全检测在提交表单时才有结果，所以从表单取值。
        async save(event) {
            const change = { name: event.detail.value.name };
            const isSaved = await act(this, async () => {
                if (this.data.chosen) change.avatar = await this.uploadAvatar();
                await client.saveProfile(change);
            });
            if (isSaved) wx.navigateBack();
        },

        // wxuser 不存图片：先传到自己的服务器，再保存它的 https 地址。
        async uploadAvatar() {
            const { url } = await client.upload({ url: avatarUrl, filePath: this.data.chosen });
            return url;
        },
    },
});
