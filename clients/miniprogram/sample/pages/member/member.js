const act = require("../../act");
const client = require("../../client");

Component({
    data: { isBusy: false, member: null, isPhoneConfirmed: false, birthday: "" },

    methods: {
        onLoad() {
            return act(this, () => this.load());
        },

        async load() {
            const { member, phone } = await client.me();
            this.setData({ member, isPhoneConfirmed: phone !== null && phone.is_confirmed });
        },

        chooseBirthday(event) {
            this.setData({ birthday: event.detail.value });
        },

        // 按已验证的手机号绑定会员，没有则新建。
        save(event) {
            const member = { name: event.detail.value.name };
            if (this.data.birthday) member.birthday = this.data.birthday;
            return act(this, async () => {
                await client.saveMember(member);
                await this.load();
            });
        },

        remove() {
            return act(this, async () => {
                await client.removeMember();
                await this.load();
            });
        },
    },
});
