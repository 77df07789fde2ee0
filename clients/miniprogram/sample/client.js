const { createClient, wxPlatform } = require("./wxuser/index");
const config = require("./config");
const sandboxCode = require("./sandbox");

const platform = wxPlatform();
const { url, sandbox } = config;

if (sandbox) platform.login = () => sandboxCode({ url, appid: sandbox.appid });

module.exports = createClient({ url, platform, appid: sandbox ? sandbox.appid : undefined });
