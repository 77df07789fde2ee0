// A stand-in for WeChat's sns/jscode2session that costs little: wechat ADDRESS DELAY. It answers every code after
// DELAY, one that begins with "hang" after 4.8 s. A code that ends in "-uNAME" is that user's; every other code is a
// user's who never came before.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

const hang = 4800 * time.Millisecond

func main() {
	delay, err := time.ParseDuration(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/sns/jscode2session", func(w http.ResponseWriter, r *http.Request) {
		code := r.URL.Query().Get("js_code")
		openid := "o" + code
		if at := strings.LastIndex(code, "-u"); at >= 0 {
			openid = "o" + code[at+2:]
		}
		if strings.HasPrefix(code, "hang") {
			time.Sleep(hang)
		} else {
			time.Sleep(delay)
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"session_key":"MDEyMzQ1Njc4OWFiY2RlZg==","openid":%q}`, openid)
	})
	log.Fatal(http.ListenAndServe(os.Args[1], nil))
}
