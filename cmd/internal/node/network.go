package node

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
)

// network is what a network between people and the nodes has to let through: for those who keep firewalls, and for the page that
// tests theirs. web/api/openapi.yaml documents it.
type network struct {
	Nodes []reachable `json:"nodes"`
}

// reachable is one node.
type reachable struct {
	Name       string   `json:"name"`
	Addresses  []string `json:"addresses"`
	URL        string   `json:"url"`
	Transports []way    `json:"transports"`
}

// way is one transport to a node. What is required does for every call; what is better besides makes it a good one.
type way struct {
	Purpose   string   `json:"purpose"`  // pages, media or relay
	Protocol  string   `json:"protocol"` // udp or tcp
	Port      int      `json:"port"`
	Addresses []string `json:"addresses"` // or names
	TLS       bool     `json:"tls"`
	Needed    string   `json:"needed"` // required or better
}

const required, better = "required", "better"

// network says how this node is reached. Where TLS is taken off here, everything over TCP shares the port of the pages, and the relay
// within TLS does where nothing else comes through; else the media port's number has TCP too, for media and relay alike.
func (n *Node) network() network {
	host := ""
	if u, err := url.Parse(n.origin); err == nil { // validated
		host = u.Hostname()
	}
	ips := []string{}
	for _, told := range n.media.Told() {
		ips = append(ips, told.Addr().String())
	}
	media, pages := int(n.MediaPort()), n.publicPort()
	ways := []way{
		{Purpose: "pages", Protocol: "tcp", Port: pages, Addresses: []string{host}, TLS: n.secure(), Needed: required},
		{Purpose: "media", Protocol: "udp", Port: media, Addresses: ips, Needed: better},
	}
	if n.config.TLS == config.TLSOff {
		ways = append(ways, way{Purpose: "media", Protocol: "tcp", Port: media, Addresses: ips, Needed: required})
	} else {
		ways = append(ways,
			way{Purpose: "media", Protocol: "tcp", Port: pages, Addresses: ips, Needed: better},
			way{Purpose: "relay", Protocol: "tcp", Port: pages, Addresses: []string{host}, TLS: true, Needed: required})
	}
	return network{[]reachable{{Name: host, Addresses: ips, URL: n.origin, Transports: ways}}}
}

// serveNetwork answers who asks what to let through. It stays right for a minute.
func (n *Node) serveNetwork(w http.ResponseWriter, _ *http.Request) {
	body, err := json.Marshal(n.network())
	if err != nil {
		panic(err) // plain values
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=60")
	w.Write(append(body, '\n'))
}
