import { html } from "../html.js";
import { call } from "../api.js";
import { t } from "../text/text.js";
import { Field } from "./field.js";
import { useLoaded } from "./use_loaded.js";

// Chooses one of the tenant's apps, or none in particular.
export function AppField(attributes) {
    const { value: apps } = useLoaded((signal) => call("GET", "apps", { query: { limit: 1000 }, signal }), []);
    const options = [["", t("filter.any")], ...(apps?.items ?? []).map(({ appid }) => [appid, appid])];
    return html`<${Field} kind="select" name="appid" label=${t("user.app")} options=${options} ...${attributes} />`;
}
