import { h, render } from "./vendor/preact/preact.js";
import { useEffect, useState } from "./vendor/preact/hooks.js";
import htm from "./vendor/htm/htm.js";

const html = htm.bind(h);
const SESSION = new URL("../v1/admin/session", import.meta.url);

/** The session; null if there is none. Throws what the API says if it refuses. */
async function ask(method, key) {
	const headers = key ? { Authorization: `Bearer ${key}` } : {};
	const answer = await fetch(SESSION, { method, headers });
	if (answer.status === 204 || (answer.status === 401 && !key)) return null;
	const body = await answer.json();
	if (!answer.ok) throw new Error(body.detail || body.title);
	return body;
}

function SignIn({ begin }) {
	const submit = event => {
		event.preventDefault();
		begin(new FormData(event.target).get("key").trim());
	};
	return html`<form onSubmit=${submit}>
		<label>Key <input name="key" type="password" autocomplete="current-password" required /></label>
		<button>登录 Sign in</button>
	</form>`;
}

function Console() {
	const [session, setSession] = useState();
	const [error, setError] = useState("");
	const act = (method, key) => ask(method, key)
		.then(found => { setSession(found); setError(""); })
		.catch(refused => { setSession(null); setError(refused.message); });
	useEffect(() => { act("GET"); }, []);
	return html`<h1>wxuser</h1>
		${error && html`<p role="alert">${error}</p>`}
		${session && html`<p>${session.key_name} <button onClick=${() => act("DELETE")}>退出 Sign out</button></p>`}
		${session === null && html`<${SignIn} begin=${key => act("POST", key)} />`}`;
}

render(html`<${Console} />`, document.querySelector("main"));
