import { html } from "../html.js";
import { otherPreference, prefer } from "../preferences.js";
import { t } from "../text/text.js";

// Changes language and colours. The button of a language is in that language.
export function PreferencesBar() {
    const language = otherPreference("language");
    const theme = otherPreference("theme");
    return html`<div class="preferences">
        <button type="button" class="plain" lang=${language === "zh" ? "zh-CN" : "en"}
            onClick=${() => prefer("language", language)}>
            ${language === "zh" ? "中文" : "English"}
        </button>
        <button type="button" class="plain" onClick=${() => prefer("theme", theme)}>${t(`theme.${theme}`)}</button>
    </div>`;
}
