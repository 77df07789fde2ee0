#include "html.h"

void html_put(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '&')
			fputs("&amp;", out);
		else if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else if (*text == '"')
			fputs("&quot;", out);
		else
			putc(*text, out);
	}
}

static void html_put_one(FILE *out, const char *name, const char *language, const char *text)
{
	fprintf(out, "<%s class=\"t\" lang=\"%s\">", name, language);
	html_put(out, text);
	fprintf(out, "</%s>", name);
}

void html_put_both(FILE *out, const char *name, const char *zh, const char *en)
{
	html_put_one(out, name, "zh-CN", zh);
	html_put_one(out, name, "en", en);
}

void html_put_text(FILE *out, const char *name, const struct text *text)
{
	html_put_both(out, name, text->zh, text->en);
}

void html_begin(FILE *out, const struct text *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
		out);
	html_put(out, title->zh);
	fputs(" · ", out);
	html_put(out, title->en);
	fputs(" · wxuser</title>\n<link rel=\"stylesheet\" href=\"style.css\">\n"
	      "<script type=\"module\" src=\"help.js\"></script>\n</head>\n<body>\n"
	      "<header class=\"bar\">\n<a class=\"home\" href=\"./\">wxuser</a>\n"
	      "<a class=\"to-contents\" href=\"#contents\">",
		out);
	html_put_both(out, "span", "目录", "Contents");
	fputs("</a>\n<a href=\"errors.html\">", out);
	html_put_both(out, "span", "错误", "Errors");
	fputs("</a>\n"
	      "<span class=\"languages\" role=\"radiogroup\" aria-label=\"语言 Language\">\n"
	      "<label lang=\"zh-CN\"><input type=\"radio\" name=\"language\" id=\"zh\" checked>"
	      "中文</label>\n"
	      "<label lang=\"en\"><input type=\"radio\" name=\"language\" id=\"en\">"
	      "English</label>\n</span>\n</header>\n<main>\n",
		out);
}

void html_end(FILE *out)
{
	fputs("</body>\n</html>\n", out);
}
