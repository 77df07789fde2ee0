// The client of wxuser's own API, /v1, for WeChat mini programs and uni-app.

/** A member at fault, of a problem document. */
export interface Fault {
    pointer: string;
    code: string;
    detail: string;
}

/** What every function of the client rejects with. */
export interface WxuserError extends Error {
    name: "WxuserError";
    /** The service's code, http_STATUS of a refusal that is no problem document, or a LocalCode. */
    code: string;
    /** HTTP status; 0 of a failure on this side. */
    status: number;
    /** What to do next, in the person's language. */
    detail: string;
    requestId: string | null;
    errors: Fault[];
    /** Seconds after which it may be tried again. */
    retryAfter: number | null;
    /** The problem document as it came. */
    problem: Record<string, unknown>;
    /** What the platform says of a failure on this side. */
    reason?: unknown;
}

export type LocalCode =
    | "not_logged_in"
    | "fresh_code_needed"
    | "logged_out"
    | "other_user"
    | "network"
    | "login_failed"
    | "login_declined"
    | "phone_declined"
    | "state_mismatch"
    | "unreadable_answer";

export interface Profile {
    name: string | null;
    /** An https URL; wxuser keeps no pictures. */
    avatar: string | null;
    /** 0 unknown, 1 male, 2 female. */
    gender: 0 | 1 | 2;
    language: string | null;
    country: string | null;
    province: string | null;
    city: string | null;
}

/** null and "" clear a value; what is absent stays. */
export type ProfileChange = { [Name in keyof Profile]?: Profile[Name] | null };

export interface Phone {
    number: string;
    is_confirmed: boolean;
    confirmed_at: string | null;
}

export interface Member {
    id: number;
    name: string | null;
    sex: number | null;
    card_state: "valid" | "lost" | "void" | "unusable";
}

export interface MemberChange {
    name?: string;
    sex?: number;
    birthday?: string;
    id_card?: string;
    address?: string;
}

export interface Person {
    account_id: string;
    previous_account_ids: string[];
    created_at: string;
    user: { id: number; appid: string; openid: string; unionid: string | null; is_following: boolean };
    openids: { appid: string; kind: "mini" | "official" | "mobile" | "web"; openid: string }[];
    profile: Profile;
    phone: Phone | null;
    member: Member | null;
    flags: Record<string, boolean>;
}

export interface LoginOptions {
    /** A code that you have got yourself; without it the client asks WeChat for one. */
    code?: string;
    /** detail.code of a button of open-type getPhoneNumber. */
    phone_code?: string;
    profile?: ProfileChange;
    /** Takes back an account whose erasure waits; see reopen(). */
    reopen?: boolean;
}

export interface Login {
    access_token: string;
    token_type: "Bearer";
    expires_in: number;
    is_new: boolean;
    account: Person;
    /** The login succeeded, the phone did not. */
    phone_error?: { code: string; detail: string; retry_after?: number } | null;
}

export interface LoginSession {
    id: string;
    appid: string;
    began_at: string;
    renewed_at: string;
    is_current: boolean;
}

export interface Consent {
    document: string;
    version: string;
    consented_at: string;
}

/** erased_at: it is done. erases_at: the account is closed until then and can be reopened. */
export interface Receipt {
    /** The number of the entry in the audit, 64 bits. */
    receipt: string;
    erased_at?: string;
    erases_at?: string;
}

export interface PhoneEvent {
    detail: { code?: string; errMsg?: string };
}

export interface Request {
    method?: "GET" | "POST" | "PUT" | "DELETE";
    path: `/v1/${string}`;
    body?: object;
    /** A POST that does the same when it comes twice. */
    repeatable?: boolean;
}

export interface Upload {
    /** Of your own server: it gets the access token. */
    url: string;
    /** In a web page, a Blob or File. */
    filePath: string | object;
    /** Of the form's field; "file" unless it is given. */
    name?: string;
    formData?: Record<string, string>;
}

export interface Client {
    readonly isLoggedIn: boolean;
    readonly accountId: string | null;
    login(options?: LoginOptions): Promise<Login>;
    reopen(): Promise<Login>;
    logout(): Promise<void>;
    request<Answer = unknown>(request: Request): Promise<Answer>;
    upload<Answer = unknown>(upload: Upload): Promise<Answer>;
    token(): Promise<string>;
    me(): Promise<Person>;
    saveProfile(profile: ProfileChange): Promise<Person>;
    confirmPhone(event: PhoneEvent): Promise<Phone>;
    sendSmsCode(phone: string): Promise<void>;
    confirmSms(phone: string, code: string): Promise<Phone>;
    removePhone(): Promise<void>;
    saveMember(member: MemberChange): Promise<Person>;
    removeMember(): Promise<void>;
    sessions(): Promise<LoginSession[]>;
    endSession(id: string): Promise<void>;
    consent(document: string, version: string): Promise<Consent>;
    exportData(): Promise<Record<string, unknown>>;
    erase(): Promise<Receipt>;
}

export interface TransferRequest {
    url: string;
    method: string;
    headers: Record<string, string>;
    body?: string;
    timeout: number;
    filePath?: string | object;
    name?: string;
    formData?: Record<string, string>;
}

export interface Transfer {
    /** headers: names in small letters. Rejects if no answer came. */
    answer: Promise<{ status: number; headers: Record<string, string>; body: string }>;
    abort(): void;
}

/** What the client needs of the world outside. */
export interface Platform {
    appid?: string;
    /** Whether login() gives a code without the person, at any time. */
    loginIsSilent: boolean;
    request(request: TransferRequest): Transfer;
    upload(request: TransferRequest): Transfer;
    login(purpose: "login" | "export" | "erase"): Promise<string>;
    storage: {
        get(key: string): string | null;
        set(key: string, value: string): void;
        remove(key: string): void;
    };
    delay(ms: number): Promise<unknown>;
    now(): number;
}

export interface ClientOptions {
    /** Of the service, as https://user.example.com. */
    url: string;
    platform: Platform;
    /** Of the mini program; the platform's own unless it is given. */
    appid?: string;
    /** Of the texts; "zh" unless it is given. */
    language?: "zh" | "en";
    /** "wxuser" unless it is given. */
    storageKey?: string;
    /** How long a Retry-After is obeyed; longer ones are the caller's. 10,000 unless it is given. */
    maxWaitMs?: number;
}

export function createClient(options: ClientOptions): Client;
/** api: wx unless it is given. */
export function wxPlatform(api?: object): Platform;
/** api: uni unless it is given. */
export function uniPlatform(api?: object): Platform;
