// A tab of a browser, as far as the client of web pages goes: what it stores outlives its pages.
import { webcrypto } from "node:crypto";

class Storage {
    constructor() {
        this.items = new Map();
        this.getItem = (key) => this.items.get(key) ?? null;
        this.setItem = (key, value) => this.items.set(key, value);
        this.removeItem = (key) => this.items.delete(key);
    }
}

export class Tab {
    constructor(fetch) {
        Object.assign(this, {
            URL, URLSearchParams, AbortController, FormData, Date, setTimeout, clearTimeout, crypto: webcrypto,
            localStorage: new Storage(), sessionStorage: new Storage(), hrefs: [],
        });
        // hrefs: the address bar at each request.
        this.fetch = (url, options) => {
            this.hrefs.push(this.location.href);
            return fetch(url, options);
        };
        this.history = {
            state: null,
            replaceState: (state, title, href) => {
                this.location.href = href;
            },
        };
    }

    visit(href) {
        this.location = {
            href,
            assign: (target) => {
                this.left = new URL(target);
            },
        };
    }

    // Back from where the page went, with WeChat's answer; change: what becomes of it on the way.
    comeBack(code, change = () => {}) {
        const target = new URL(this.left.searchParams.get("redirect_uri"));
        const added = new URLSearchParams({ code, state: this.left.searchParams.get("state") });
        change(added);
        target.search += target.search === "" ? added : `&${added}`;
        this.visit(target.href);
    }
}
