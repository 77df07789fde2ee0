// The client for web pages: H5 in WeChat, and sites that log in by WeChat's QR code.
import { Client, ClientOptions } from "./index.js";

export type Purpose = "login" | "export" | "erase";

export interface WebClientOptions extends Omit<ClientOptions, "platform"> {
    /** Of the official account, or of the web site's app with kind "web". */
    appid: string;
    kind?: "official" | "web";
    /**
     * Of an official account snsapi_base unless it is given; snsapi_userinfo asks the person for name and picture.
     * With kind "web" snsapi_login.
     */
    scope?: "snsapi_base" | "snsapi_userinfo" | "snsapi_login";
    /** window unless it is given. */
    page?: object;
}

export interface WebClient extends Client {
    /** What WeChat has just answered to; null if the page was opened in another way. */
    readonly returnedFrom: Purpose | null;
    /** Leaves the page for WeChat, which comes back with a code for the purpose. */
    authorize(purpose?: Purpose): void;
}

export function createWebClient(options: WebClientOptions): WebClient;
