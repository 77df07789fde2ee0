// Chinese for what the service tells in English only: what a job does, why accounts conflict.
export default {
    "conflict.another unionid": "账号已有另一个 unionid",
    "conflict.one is off": "其中一个不能登录",
    "conflict.taken apart": "合并曾被撤销",
    "conflict.two members": "绑定了不同的会员",
    "conflict.two openids": "同一应用有两个 openid",

    "job.access_token": "删除一天前已不能续期的访问令牌",
    "job.admin_session": "删除已结束的管理会话",
    "job.audit_seal": "封存审计条目，并把链头写入日志",
    "job.closed_account": "到期后删除本人注销的账号",
    "job.gone_user": "31 天后忘记用户曾被删除、账号曾被合并",
    "job.login_claim": "10 分钟后删除登录 code",
    "job.login_refusal": "7 天后删除被拒绝的登录",
    "job.push_event": "一天后删除微信推送的事件；等待管理员或首次登录的除外",
    "job.retention": "每天删除一次 retain_ 设置所说的过期数据",
    "job.statistics": "汇总统计，并删除超过 statistics_days 的",
    "job.verify_code": "一天后删除短信验证码及其计数",
    "job.wechat_token": "删除应用已过期的微信令牌",
};
