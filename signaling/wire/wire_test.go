package wire

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestRefused(t *testing.T) {
	hello := func(field, with string) string {
		const good = `{"type":"hello","id":1,"body":{"version":1,"ticket":"t","proof":"c2ln","lang":"de","device":"phone","media":"av"}}`
		bad := strings.Replace(good, field, with, 1)
		if bad == good {
			t.Fatalf("%s is not in the message", field)
		}
		return bad
	}
	tests := map[string]struct {
		data string
		want error
	}{
		"empty":                       {``, ErrBadMessage},
		"not JSON":                    {`hello`, ErrBadMessage},
		"a list":                      {`[]`, ErrBadMessage},
		"a word":                      {`null`, ErrBadMessage},
		"cut off":                     {`{"type":"leave"`, ErrBadMessage},
		"cut off in a string":         {`{"type":"lea`, ErrBadMessage},
		"cut off in an escape":        {`{"type":"lea\`, ErrBadMessage},
		"cut off in a code":           {`{"type":"\u00`, ErrBadMessage},
		"trailing data":               {`{"type":"leave"}{}`, ErrBadMessage},
		"trailing comma":              {`{"type":"leave",}`, ErrBadMessage},
		"duplicate key":               {`{"type":"leave","type":"end"}`, ErrBadMessage},
		"duplicate key, escaped":      {`{"type":"leave","t\u0079pe":"end"}`, ErrBadMessage},
		"duplicate unknown key":       {`{"type":"leave","x":1,"x":2}`, ErrBadMessage},
		"duplicate key in an unknown": {`{"type":"leave","x":{"y":1,"y":2}}`, ErrBadMessage},
		"key by another case":         {`{"Type":"leave"}`, ErrBadMessage},
		"invalid UTF-8":               {"{\"type\":\"leave\",\"x\":\"\xff\"}", ErrBadMessage},
		"half a surrogate pair":       {`{"type":"leave","x":"\ud800"}`, ErrBadMessage},
		"two high surrogates":         {`{"type":"leave","x":"\ud800\ud800"}`, ErrBadMessage},
		"control character":           {"{\"type\":\"leave\",\"x\":\"\n\"}", ErrBadMessage},
		"unknown escape":              {`{"type":"leave","x":"\x41"}`, ErrBadMessage},
		"number with leading zero":    {`{"type":"leave","x":01}`, ErrBadMessage},
		"number with plus":            {`{"type":"leave","x":+1}`, ErrBadMessage},
		"number without digits":       {`{"type":"leave","x":-}`, ErrBadMessage},
		"not a number":                {`{"type":"leave","x":NaN}`, ErrBadMessage},
		"comment":                     {`{"type":"leave"/**/}`, ErrBadMessage},
		"too deep":                    {`{"type":"leave","x":` + strings.Repeat("[", 8) + strings.Repeat("]", 8) + `}`, ErrBadMessage},
		"much too deep":               {strings.Repeat(`[`, MaxMessage), ErrBadMessage},
		"too many values":             {`{"type":"leave","x":[` + strings.Repeat("0,", MaxValues) + `0]}`, ErrBadMessage},
		"too many members":            {manyMembers(), ErrBadMessage},
		"too large":                   {`{"type":"leave","x":"` + strings.Repeat("x", MaxMessage) + `"}`, ErrTooLarge},
		"too large for an offer":      {`{"type":"offer","x":"` + strings.Repeat("x", MaxLargeMessage) + `"}`, ErrTooLarge},
		"no type":                     {`{"id":1}`, ErrBadMessage},
		"type is null":                {`{"type":null}`, ErrBadMessage},
		"type is a number":            {`{"type":1}`, ErrBadMessage},
		"unknown type":                {`{"type":"dance"}`, ErrUnknownType},
		"the server's type":           {`{"type":"welcome"}`, ErrUnknownType},
		"long type":                   {`{"type":"` + strings.Repeat("x", 33) + `"}`, ErrBadMessage},
		"id zero":                     {`{"type":"leave","id":0}`, ErrBadMessage},
		"id negative":                 {`{"type":"leave","id":-1}`, ErrBadMessage},
		"id too large":                {`{"type":"leave","id":2147483648}`, ErrBadMessage},
		"id with a fraction":          {`{"type":"leave","id":1.0}`, ErrBadMessage},
		"id with an exponent":         {`{"type":"leave","id":1e0}`, ErrBadMessage},
		"id as a string":              {`{"type":"leave","id":"1"}`, ErrBadMessage},
		"body is a list":              {`{"type":"leave","body":[]}`, ErrBadMessage},
		"body is null":                {`{"type":"leave","body":null}`, ErrBadMessage},
		"no body":                     {`{"type":"admit"}`, ErrBadMessage},
		"no participant":              {`{"type":"admit","body":{}}`, ErrBadMessage},
		"empty participant":           {`{"type":"admit","body":{"participant":""}}`, ErrBadMessage},
		"participant with spaces":     {`{"type":"admit","body":{"participant":"a b"}}`, ErrBadMessage},
		"participant beyond ASCII":    {`{"type":"admit","body":{"participant":"ü"}}`, ErrBadMessage},
		"participant too long":        {`{"type":"admit","body":{"participant":"` + strings.Repeat("x", 65) + `"}}`, ErrBadMessage},
		"participant is a list":       {`{"type":"admit","body":{"participant":["p"]}}`, ErrBadMessage},
		"unknown kind":                {`{"type":"mute","body":{"participant":"p","kind":"smell"}}`, ErrBadMessage},
		"hold without on":             {`{"type":"hold","body":{}}`, ErrBadMessage},
		"hold by a number":            {`{"type":"hold","body":{"on":1}}`, ErrBadMessage},
		"ticket and resume":           {hello(`"ticket":"t"`, `"ticket":"t","resume":"r"`), ErrBadMessage},
		"neither ticket nor resume":   {hello(`"ticket":"t",`, ``), ErrBadMessage},
		"long ticket":                 {hello(`"t"`, `"`+strings.Repeat("t", MaxToken+1)+`"`), ErrBadMessage},
		"padded proof":                {hello(`"c2ln"`, `"c2lnMQ=="`), ErrBadMessage},
		"proof in base64":             {hello(`"c2ln"`, `"+/+/"`), ErrBadMessage},
		"proof with spare bits":       {hello(`"c2ln"`, `"c2lnMR"`), ErrBadMessage},
		"proof with a line break":     {hello(`"c2ln"`, `"c2\nln"`), ErrBadMessage},
		"empty proof":                 {hello(`"c2ln"`, `""`), ErrBadMessage},
		"long proof":                  {hello(`"c2ln"`, `"`+strings.Repeat("AAAA", 43)+`"`), ErrBadMessage},
		"long language":               {hello(`"de"`, `"`+strings.Repeat("x", 36)+`"`), ErrBadMessage},
		"unknown device":              {hello(`"phone"`, `"fridge"`), ErrBadMessage},
		"version zero":                {hello(`"version":1`, `"version":0`), ErrBadMessage},
		"slot on a sending line":      {`{"type":"offer","body":{"generation":1,"sdp":"","lines":[{"mid":"0","use":"camera","slot":0}]}}`, ErrBadMessage},
		"no slot on a receiving line": {`{"type":"offer","body":{"generation":1,"sdp":"","lines":[{"mid":"0","use":"video"}]}}`, ErrBadMessage},
		"lines of numbers":            {`{"type":"offer","body":{"generation":1,"sdp":"","lines":[1]}}`, ErrBadMessage},
		"too many lines":              {`{"type":"offer","body":{"generation":1,"sdp":"","lines":[` + strings.Repeat(`{"mid":"0","use":"camera"},`, MaxList) + `{"mid":"0","use":"camera"}]}}`, ErrBadMessage},
		"generation zero":             {`{"type":"offer","body":{"generation":0,"sdp":"","lines":[]}}`, ErrBadMessage},
		"views is null":               {`{"type":"view","body":{"views":null}}`, ErrBadMessage},
		"svc by a word":               {`{"type":"offer","body":{"generation":1,"sdp":"","svc":"yes","lines":[]}}`, ErrBadMessage},
		"stage by a number":           {`{"type":"view","body":{"views":[{"publication":"u","width":1,"height":1,"stage":1}]}}`, ErrBadMessage},
		"self without a switch":       {`{"type":"self","body":{}}`, ErrBadMessage},
		"screen is null":              {`{"type":"self","body":{"screen":null}}`, ErrBadMessage},
		"unknown quality":             {`{"type":"quality","body":{"choice":"best"}}`, ErrBadMessage},
		"no quality":                  {`{"type":"quality"}`, ErrBadMessage},
		"unknown rule":                {`{"type":"share","body":{"rule":"clients"}}`, ErrBadMessage},
		"a rule for nobody":           {`{"type":"share","body":{"rule":"nobody"}}`, ErrBadMessage},
		"pin without a source":        {`{"type":"pin","body":{"participant":"p"}}`, ErrBadMessage},
		"pin without a participant":   {`{"type":"pin","body":{"source":"camera"}}`, ErrBadMessage},
		"a pinned microphone":         {`{"type":"pin","body":{"participant":"p","source":"microphone"}}`, ErrBadMessage},
		"a lock without on":           {`{"type":"lock","body":{}}`, ErrBadMessage},
		"a hand that is a number":     {`{"type":"raise_hand","body":{"up":1}}`, ErrBadMessage},
		"a promotion without on":      {`{"type":"promote","body":{"participant":"p"}}`, ErrBadMessage},
		"a promotion of nobody":       {`{"type":"promote","body":{"on":true}}`, ErrBadMessage},
		"a hand of nobody":            {`{"type":"lower_hand","body":{"participant":""}}`, ErrBadMessage},
		"open for no time":            {`{"type":"leave_open","body":{"for_ms":0}}`, ErrBadMessage},
		"open for longer than ever":   {`{"type":"leave_open","body":{"for_ms":3600001}}`, ErrBadMessage},
		"open without a time":         {`{"type":"leave_open"}`, ErrBadMessage},
		"view too wide":               {`{"type":"view","body":{"views":[{"publication":"u","width":16385,"height":1}]}}`, ErrBadMessage},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m, err := DecodeRequest([]byte(test.data))
			if !errors.Is(err, test.want) {
				t.Errorf("got %+v, %v; want %v", m, err, test.want)
			}
			if m.Body != nil {
				t.Errorf("a refused message has a body: %+v", m.Body)
			}
		})
	}
}

func TestRefusedUpdates(t *testing.T) {
	for name, data := range map[string]string{
		"demand without layers":        `{"type":"demand","body":{"source":"camera"}}`,
		"demand for a negative layer":  `{"type":"demand","body":{"source":"camera","layers":[-1]}}`,
		"demand for half a layer":      `{"type":"demand","body":{"source":"camera","layers":[0.5]}}`,
		"demand for a layer too high":  `{"type":"demand","body":{"source":"camera","layers":[8]}}`,
		"demand for a named layer":     `{"type":"demand","body":{"source":"camera","layers":["0"]}}`,
		"demand for nine layers":       `{"type":"demand","body":{"source":"camera","layers":[0,0,0,0,0,0,0,0,0]}}`,
		"demand by an unknown source":  `{"type":"demand","body":{"source":"ear","layers":[]}}`,
		"a paused list that is none":   `{"type":"pictures_paused","body":{"publications":"u"}}`,
		"a paused publication unnamed": `{"type":"pictures_paused","body":{"publications":[""]}}`,
		"a line of nobody":             `{"type":"line","body":{"participant":"","quality":"good"}}`,
		"an unknown line":              `{"type":"line","body":{"participant":"p","quality":"fair"}}`,
		"an unknown codec":             `{"type":"codec","body":{"video":"h264"}}`,
		"an unknown share":             `{"type":"room","body":{"held":false,"paused":false,"share":"clients"}}`,
		"a lock that is a word":        `{"type":"room","body":{"held":false,"paused":false,"share_locked":"yes"}}`,
		"lines in between":             `{"type":"room","body":{"held":false,"paused":false,"lines":900}}`,
		"lines beyond":                 `{"type":"room","body":{"held":false,"paused":false,"lines":2160}}`,
		"locked by a number":           `{"type":"room","body":{"held":false,"paused":false,"locked":1}}`,
		"a promotion without members":  `{"type":"promoted","body":{"on":true}}`,
		"a hand before the first":      `{"type":"own_hand","body":{"hand":-1}}`,
		"half a pin":                   `{"type":"room","body":{"held":false,"paused":false,"pin":{"participant":"p"}}}`,
		"a pin that is a name":         `{"type":"room","body":{"held":false,"paused":false,"pin":"p"}}`,
	} {
		if m, err := DecodeUpdate([]byte(data)); !errors.Is(err, ErrBadMessage) || m.Body != nil {
			t.Errorf("%s: got %+v, %v", name, m, err)
		}
	}
}

func manyMembers() string {
	var b strings.Builder
	b.WriteString(`{"type":"leave"`)
	for i := range MaxMembers {
		fmt.Fprintf(&b, `,"x%d":0`, i)
	}
	return b.String() + "}"
}

func TestAccepted(t *testing.T) {
	tests := map[string]struct {
		data string
		want Message
	}{
		"unknown fields":                        {`{"type":"hold","new":[{"a":null}],"body":{"on":true,"more":1.5e-3}}`, Message{Body: &Hold{On: true}}},
		"a field's name in capitals is unknown": {`{"type":"hold","body":{"On":false,"on":true,"ON":false}}`, Message{Body: &Hold{On: true}}},
		"white space":                           {" {\n\t\"type\" : \"leave\" ,\r \"id\" : 7 } \n", Message{ID: 7, Body: &Leave{}}},
		"escapes":                               {`{"ty\u0070e":"l\u0065ave","x":"\"\\\/\b\f\n\r\t\ud83d\ude00"}`, Message{Body: &Leave{}}},
		"a body where none is needed":           {`{"type":"leave","body":{"x":1}}`, Message{Body: &Leave{}}},
		"largest id":                            {`{"type":"leave","id":2147483647}`, Message{ID: 2147483647, Body: &Leave{}}},
		"deepest":                               {`{"type":"leave","x":[[[[[[[]]]]]]]}`, Message{Body: &Leave{}}},
		"a pin of nothing":                      {`{"type":"pin","body":{}}`, Message{Body: &Pin{}}},
		"what is not so, said all the same":     {`{"type":"view","body":{"views":[{"publication":"u","width":1,"height":0,"stage":false}]}}`, Message{Body: &View{Views: List[Viewed]{{Publication: "u", Width: 1}}}}},
		"another version, with nothing we know": {`{"type":"hello","body":{"version":2,"passkey":"x"}}`, Message{Body: &Hello{Version: 2}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m, err := DecodeRequest([]byte(test.data))
			if err != nil || !reflect.DeepEqual(m, test.want) {
				t.Errorf("got %+v, %v; want %+v", m, err, test.want)
			}
		})
	}
}

func TestLargeOffer(t *testing.T) {
	offer := &Offer{Generation: 1, SDP: strings.Repeat("a=x\r\n", 30_000)}
	data, err := Encode(Message{ID: 1, Body: offer})
	if err != nil {
		t.Fatal(err)
	}
	if len(data) <= MaxMessage {
		t.Fatalf("%d bytes are no test", len(data))
	}
	m, err := DecodeRequest(data)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Body.(*Offer).SDP; got != offer.SDP {
		t.Error("another description came out")
	}
	offer.SDP = strings.Repeat("a=x\r\n", 60_000)
	if _, err := Encode(Message{Body: offer}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("encoded a message that the other end refuses: %v", err)
	}
}

func TestRefusalNamesTheRequest(t *testing.T) {
	for _, data := range []string{
		`{"type":"admit","id":7,"body":{}}`,
		`{"type":"dance","id":7}`,
		`{"id":7}`,
	} {
		if m, err := DecodeRequest([]byte(data)); err == nil || m.ID != 7 {
			t.Errorf("%s: got id %d, %v; want id 7 and an error", data, m.ID, err)
		}
	}
}

func TestErrorsDoNotRepeatTheMessage(t *testing.T) {
	for _, data := range []string{
		`{"type":"admit","body":{"participant":"canary and more"}}`,
		`{"type":"canary"}`,
		`{"type":"hello","body":{"version":1,"ticket":"t","proof":"canary!"}}`,
		`{"type":"mute","body":{"participant":"p","kind":"canary"}}`,
		`{"canary":1,"canary":2}`,
		`canary`,
	} {
		if _, err := DecodeRequest([]byte(data)); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", data, err)
		}
	}
}

func TestEmptyListsStayLists(t *testing.T) {
	for _, body := range []Body{&View{}, &Offer{Generation: 1}} {
		data, err := Encode(Message{Body: body})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeRequest(data); err != nil {
			t.Errorf("%s: %v", data, err)
		}
	}
	for _, body := range []Body{&Slots{}, &Speaker{}, &Demand{Source: SourceCamera}, &PicturesPaused{}} {
		data, err := Encode(Message{Body: body})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeUpdate(data); err != nil {
			t.Errorf("%s: %v", data, err)
		}
	}
}

func TestCodeOf(t *testing.T) {
	for err, want := range map[error]Code{
		ErrBadMessage:                          CodeBadMessage,
		fmt.Errorf("%w: more", ErrUnknownType): CodeUnknownType,
		ErrTooLarge:                            CodeBadMessage,
		errors.New("something else"):           CodeInternal,
	} {
		if got := CodeOf(err); got != want {
			t.Errorf("CodeOf(%v) = %q, want %q", err, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, example := range examples(f) {
		f.Add([]byte(example))
	}
	f.Add([]byte(`{"type":"hello","body":{"version":1,"version":2}}`))
	f.Add([]byte(`{"type":"self","body":{"audio":true,"video":false,"screen":false}}`))
	f.Add([]byte(`{"type":"pin","id":1,"body":{}}`))
	f.Add([]byte(`{"type":"room","body":{"held":false,"paused":false,"share":"nobody","share_locked":false,"lines":720,"pin":{}}}`))
	f.Add([]byte(`{"type":"demand","body":{"source":"screen_audio","layers":[7,00,-0,1e1]}}`))
	f.Add([]byte(`{"type":"leave","x":[[[[[[[[[]]]]]]]]]}`))
	f.Add([]byte("{\"type\":\"\\ud83d\\ude00\xf0\x9f\x98\x80\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, decode := range []decoder{DecodeRequest, DecodeUpdate} {
			m, err := decode(data)
			if err != nil {
				if m.Body != nil || CodeOf(err) == CodeInternal {
					t.Fatalf("refused with %v and body %+v", err, m.Body)
				}
				continue
			}
			encoded, err := Encode(m)
			if errors.Is(err, ErrTooLarge) && len(data) > MaxMessage/8 {
				continue // escapes may grow: what came as one byte may go as six
			}
			if err != nil {
				t.Fatalf("%+v does not encode: %v", m, err)
			}
			again, err := decode(encoded)
			if err != nil || !reflect.DeepEqual(again, m) {
				t.Fatalf("%s\nencoded %s\ndecoded %+v, %v\nwant    %+v", data, encoded, again, err, m)
			}
		}
	})
}

func BenchmarkDecodeOffer(b *testing.B) {
	data, err := Encode(Message{ID: 1, Body: &Offer{Generation: 1, SDP: strings.Repeat("a=rtpmap:96 VP8/90000\r\n", 2_000)}})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeRequest(data); err != nil {
			b.Fatal(err)
		}
	}
}
