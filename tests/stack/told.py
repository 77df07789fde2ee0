"""What openapi.json tells of an answer, and whether an answer is so."""

import json
import os
import pathlib
import re

KINDS = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}

# What the web server adds, and what caches and browsers read.
NOT_TOLD = {"Server", "Date", "Connection", "Content-Type", "Content-Length", "Transfer-Encoding", "Cache-Control",
            "Pragma", "Expires", "Vary", "X-Content-Type-Options", "Content-Security-Policy", "Cross-Origin-Resource-Policy",
            "Referrer-Policy", "X-Frame-Options"}


class Told:
    def __init__(self):
        document = json.loads((pathlib.Path(os.environ["WXUSER_BUILD"]) / "www/openapi.json").read_text("utf-8"))
        self.schemas = document["components"]["schemas"]
        self.paths = [(re.sub(r"\{.*?\}", "[^/]+", path), methods) for path, methods in document["paths"].items()]

    def check(self, method, target, answer):
        """An answer of an endpoint has headers that are told. In JSON it has the members that are told, and null only
        where it is told."""
        type_ = answer.headers.get("Content-Type", "").split(";")[0]
        for pattern, methods in self.paths:
            if re.fullmatch(pattern, target.split("?")[0]) and method.lower() in methods:
                response = methods[method.lower()]["responses"][str(answer.status)]
                content = response.get("content", {})
                untold = set(answer.headers) - set(response["headers"]) - NOT_TOLD
                assert not untold, (answer, untold)
                if type_ in content and "json" in type_:
                    why = self.unlike(content[type_]["schema"], answer.json, "")
                    assert why is None, (answer, why)

    def unlike(self, schema, value, where):
        """What the value has that the schema does not tell, or lacks; None: nothing."""
        if "$ref" in schema:
            return self.unlike(self.schemas[schema["$ref"].split("/")[-1]], value, where)
        if "anyOf" in schema:
            whys = [self.unlike(one, value, where) for one in schema["anyOf"]]
            return None if None in whys else whys[0]
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if type(value) not in [KINDS[name] for name in types]:
            return f"{where} is {value!r}"
        if isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
            return f"{where} is too long: {value}"
        if isinstance(value, list):
            return self.first(self.unlike(schema["items"], one, f"{where}[]") for one in value)
        return self.unlike_object(schema, value, where) if isinstance(value, dict) else None

    def unlike_object(self, schema, value, where):
        properties = schema["properties"]
        for name in schema.get("required", []):
            if name not in value:
                return f"{where} lacks {name}"
        if schema.get("additionalProperties"):
            return None
        return self.first(f"{where} has {name}" if name not in properties
                          else self.unlike(properties[name], one, f"{where}.{name}") for name, one in value.items())

    @staticmethod
    def first(whys):
        return next((why for why in whys if why is not None), None)
