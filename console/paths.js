// The segments of a location's hash; none if it is no such path.
export function segmentsOf(hash) {
    try {
        return hash.replace(/^#?\/?/, "").split("/").map(decodeURIComponent);
    } catch {
        return [];
    }
}

// What the segments give to the names of the path; null if it is another path.
export function parametersOf(path, segments) {
    const names = path.split("/");
    if (names.length !== segments.length) return null;
    const parameters = {};
    for (const [index, name] of names.entries()) {
        if (name.startsWith(":")) parameters[name.slice(1)] = segments[index];
        else if (name !== segments[index]) return null;
    }
    return parameters;
}
