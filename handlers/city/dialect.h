/*
 * OnlineMediateWW: Web API 2 in JSON and forms. What a rule says comes with HTTP 200 in
 * {Data, Ret, ErrCode, Msg, SeqId, InfoMsg}: Ret is the kind of outcome, ErrCode the very one, Msg
 * is never empty on a failure, Data is null then. SeqId is the request's number on this machine,
 * which the log has too. What the framework refuses before a caller is known (404, 405, 413, 415)
 * is HttpError.
 */
#ifndef CITY_DIALECT_H
#define CITY_DIALECT_H

#include "endpoint.h"

extern const struct dialect city_dialect;

#endif
