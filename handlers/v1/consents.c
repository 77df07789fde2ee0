#include "consent.h"
#include "request.h"
#include "v1/dialect.h"
#include "v1/faults.h"
#include "v1/v1_person.h"

static const struct field consent_fields[] = {
	FIELD(struct consent, document, STR, .name = "document",
		.max = CONSENT_DOCUMENT_MAX_CHARS, .is_required = true,
		.is_trimmed = true, .check = v1_check_line,
		.text = {"文件的名称，例如 privacy", "name of the document, as privacy"}),
	FIELD(struct consent, version, STR, .name = "version",
		.max = CONSENT_VERSION_MAX_CHARS, .is_required = true,
		.is_trimmed = true, .check = v1_check_line,
		.text = {"文件的版本", "version of the document"}),
	FIELD_END
};

static const struct shape consent_shape = {
	.name = "NewConsent", .size = sizeof(struct consent), .fields = consent_fields,
};

static const struct field consented_fields[] = {
	FIELD(struct consent, document, STR, .name = "document",
		.max = CONSENT_DOCUMENT_MAX_CHARS,
		.text = {"文件的名称", "name of the document"}),
	FIELD(struct consent, version, STR, .name = "version",
		.max = CONSENT_VERSION_MAX_CHARS,
		.text = {"文件的版本", "version of the document"}),
	FIELD(struct consent, consented_us, INSTANT, .name = "consented_at",
		.text = {"同意的时间", "when the person agreed"}),
	FIELD_END
};

const struct shape v1_consent_shape = {
	.name = "Consent", .size = sizeof(struct consent), .fields = consented_fields,
};

static enum err consents_add(struct request *req)
{
	struct consent *out = req->out;
	enum err err;

	*out = *(const struct consent *)req->in;
	err = consent_add(req->db, &req->principal, out);
	return err == ERR_PARAMETER
		? v1_refuse_member(req, "document", (struct text){"同意的文件已达上限。",
			"The account has agreed to as many documents as it may."})
		: err;
}

static const enum err errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint v1_me_consents = {
	.dialect = &v1_dialect,
	.method = "POST",
	.path = "v1/me/consents",
	.summary = {"记录本人的同意", "Record a consent of one's own"},
	.details = {"记下账号在此刻同意了某个文件的某个版本，本人导出数据时可以看到。与该文件最近一次同意的"
		    "版本相同时不再记录，返回那一次的时间。每个账号最多 1,000 条：再多时删去最早的、"
		    "同一文件之后又有记录的一条；1,000 个不同的文件之后返回 value。",
		"Records that the account agrees to a version of a document now; the person finds "
		"it in the export. If the last consent to the document was to the same version, "
		"nothing is added, and the answer has the time of that one. An account has at "
		"most 1,000: one more replaces the oldest that a later one to the same document "
		"follows. After 1,000 different documents one more is refused as value."},
	.access = ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &consent_shape,
	.answer = ANSWER_PLAIN,
	.response = &v1_consent_shape,
	.errors = errors,
	.run = consents_add,
};
