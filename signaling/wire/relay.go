package wire

// ICEServer is a relay that a browser may use, with the credential of this participant (W3C WebRTC, RTCIceServer). The
// credential holds while he has his place.
type ICEServer struct {
	URLs       List[string] `json:"urls"` // RFC 7065
	Username   string       `json:"username"`
	Credential string       `json:"credential"`
}

func readICEServer(f *fields) ICEServer {
	return ICEServer{
		URLs:     f.words("urls", MaxURLs, MaxURL),
		Username: f.word("username", MaxID), Credential: f.word("credential", MaxID),
	}
}

func readRelays(f *fields) List[ICEServer] {
	if !f.has("relays") {
		return nil
	}
	return list(f, "relays", MaxRelays, readICEServer)
}
