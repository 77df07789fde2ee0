-- Each login wrote the index, and only an erasure and an export read it: they look through the claims, which are of ten minutes.
ALTER TABLE login_claim DROP KEY IF EXISTS login_claim_user;
