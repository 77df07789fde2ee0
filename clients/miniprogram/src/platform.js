// What the client needs of wx or uni, whose functions report by callbacks.

function lowerNames(headers) {
    const lower = {};
    Object.keys(headers || {}).forEach((name) => {
        lower[name.toLowerCase()] = String(headers[name]);
    });
    return lower;
}

function reasonOf(failure) {
    return (failure && failure.errMsg) || String(failure);
}

function call(start, options) {
    return new Promise((resolve, reject) => {
        start(Object.assign({}, options, { success: resolve, fail: (failure) => reject(reasonOf(failure)) }));
    });
}

function startTask(start, options) {
    let task;
    const done = call((complete) => {
        task = start(complete);
    }, options);
    const answer = done.then((result) => ({
        status: result.statusCode,
        headers: lowerNames(result.header),
        body: typeof result.data === "string" ? result.data : JSON.stringify(result.data),
    }));
    return { answer, abort: () => task && task.abort && task.abort() };
}

function appidOf(api) {
    const account = api.getAccountInfoSync ? api.getAccountInfoSync() : {};
    return account.miniProgram ? account.miniProgram.appId : undefined;
}

function platformOf(api, loginOptions) {
    return {
        appid: appidOf(api),
        request({ url, method, headers, body, timeout }) {
            const options = { url, method, header: headers, timeout, dataType: "text", responseType: "text" };
            if (method !== "GET") options.data = body === undefined ? "" : body;
            return startTask((complete) => api.request(complete), options);
        },
        loginIsSilent: true,
        upload({ url, headers, filePath, name, formData, timeout }) {
            const options = { url, header: headers, filePath, name, formData, timeout };
            return startTask((complete) => api.uploadFile(complete), options);
        },
        login: () => call((complete) => api.login(complete), loginOptions).then((result) => result.code),
        storage: {
            get: (key) => api.getStorageSync(key) || null,
            set: (key, value) => api.setStorageSync(key, value),
            remove: (key) => api.removeStorageSync(key),
        },
        delay: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        now: () => Date.now(),
    };
}

// Of a WeChat mini program.
export function wxPlatform(api) {
    return platformOf(api || wx, {});
}

// Of uni-app: a mini program of WeChat, or an app, whose code the option onlyAuthorize gives.
export function uniPlatform(api) {
    return platformOf(api || uni, { provider: "weixin", onlyAuthorize: true });
}
