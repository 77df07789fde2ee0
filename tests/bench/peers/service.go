// The shop's get, getlist and saveuser and the login as a plain Go service: service SOCKET DSN WECHAT. No credential,
// no validation, no log; phones are stored as they came. Statements are prepared once for each connection.
package main

import (
	"database/sql"
	"encoding/json"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	_ "github.com/go-sql-driver/mysql"
)

const (
	columns     = "SELECT id, tenant_id, openid, name, avatar, phone FROM user "
	connections = 32
	listed      = 20
	clients     = 256
)

type user struct {
	TenantID int    `json:"tenantId"`
	OpenID   string `json:"openId"`
	Name     string `json:"name"`
	Profile  string `json:"profile"`
	Phone    string `json:"phone"`
	MemberID int    `json:"memberId"`
	ID       int    `json:"id"`
}

type saved struct {
	ID      int64  `json:"data"`
	Status  int    `json:"status"`
	Message string `json:"message"`
}

type session struct {
	OpenID     string `json:"openid"`
	SessionKey string `json:"session_key"`
}

type service struct {
	one, list, save, login *sql.Stmt
	wechat                 string
	client                 http.Client
}

type row interface {
	Scan(...interface{}) error
}

func read(row row) (u user, err error) {
	err = row.Scan(&u.ID, &u.TenantID, &u.OpenID, &u.Name, &u.Profile, &u.Phone)
	return
}

func answer(w http.ResponseWriter, what interface{}, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	body, err := json.Marshal(what)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Write(body)
}

func (s *service) get(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.URL.Query().Get("id"))
	if err != nil {
		http.Error(w, "id", http.StatusBadRequest)
		return
	}
	u, err := read(s.one.QueryRow(id))
	answer(w, u, err)
}

// The known users in the order of ids, each once.
func inAskedOrder(ids []int, known map[int]user) []user {
	found := make([]user, 0, len(known))
	for _, id := range ids {
		if u, isKnown := known[id]; isKnown {
			found = append(found, u)
			delete(known, id)
		}
	}
	return found
}

func (s *service) find(ids []int) ([]user, error) {
	parameters := make([]interface{}, listed)
	for i := range parameters {
		parameters[i] = ids[i%len(ids)]
	}
	rows, err := s.list.Query(parameters...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	known := make(map[int]user, listed)
	for rows.Next() {
		u, err := read(rows)
		if err != nil {
			return nil, err
		}
		known[u.ID] = u
	}
	return inAskedOrder(ids, known), rows.Err()
}

func (s *service) getlist(w http.ResponseWriter, r *http.Request) {
	var ids []int
	if json.NewDecoder(r.Body).Decode(&ids) != nil || len(ids) == 0 || len(ids) > listed {
		http.Error(w, "ids", http.StatusBadRequest)
		return
	}
	found, err := s.find(ids)
	answer(w, found, err)
}

func (s *service) saveuser(w http.ResponseWriter, r *http.Request) {
	var u user
	if json.NewDecoder(r.Body).Decode(&u) != nil {
		http.Error(w, "user", http.StatusBadRequest)
		return
	}
	result, err := s.save.Exec(u.OpenID, u.Name, u.Profile, u.Phone)
	if err != nil {
		answer(w, nil, err)
		return
	}
	id, err := result.LastInsertId()
	answer(w, saved{ID: id, Status: 200}, err)
}

func (s *service) exchange(code string) (found session, err error) {
	query := url.Values{"appid": {"wx1"}, "secret": {"secret"}, "js_code": {code}, "grant_type": {"authorization_code"}}
	response, err := s.client.Get(s.wechat + "/sns/jscode2session?" + query.Encode())
	if err != nil {
		return
	}
	defer response.Body.Close()
	err = json.NewDecoder(response.Body).Decode(&found)
	return
}

func (s *service) getUserInfo(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Code string `json:"code"`
	}
	if json.NewDecoder(r.Body).Decode(&asked) != nil {
		http.Error(w, "code", http.StatusBadRequest)
		return
	}
	found, err := s.exchange(asked.Code)
	if err == nil {
		_, err = s.login.Exec(found.OpenID, found.SessionKey)
	}
	answer(w, map[string]interface{}{"code": 200, "data": map[string]string{"openid": found.OpenID}}, err)
}

func prepare(db *sql.DB, text string) *sql.Stmt {
	statement, err := db.Prepare(text)
	if err != nil {
		log.Fatal(err)
	}
	return statement
}

func main() {
	db, err := sql.Open("mysql", os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	s := &service{
		one:  prepare(db, columns+"WHERE id = ?"),
		list: prepare(db, columns+"WHERE id IN (?"+strings.Repeat(", ?", listed-1)+")"),
		save: prepare(db, "INSERT INTO user (tenant_id, openid, name, avatar, phone) VALUES (1, ?, ?, ?, ?) ON DUPLICATE "+
			"KEY UPDATE id = LAST_INSERT_ID(id), name = VALUES(name), avatar = VALUES(avatar), phone = VALUES(phone)"),
		login: prepare(db, "INSERT INTO user (tenant_id, openid, session_key) VALUES (1, ?, ?) ON DUPLICATE KEY UPDATE "+
			"session_key = VALUES(session_key), session_at = UTC_TIMESTAMP(6)"),
		wechat: os.Args[3],
		client: http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}},
	}
	http.HandleFunc("/api/weixin/wxbuyinguser/get", s.get)
	http.HandleFunc("/api/weixin/wxbuyinguser/getlist", s.getlist)
	http.HandleFunc("/api/weixin/wxbuyinguser/saveuser", s.saveuser)
	http.HandleFunc("/account_api/wechat/user/getUserInfo", s.getUserInfo)
	listener, err := net.Listen("unix", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if err := os.Chmod(os.Args[1], 0o666); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(listener, nil))
}
