package node

import (
	"maps"
	"slices"
	"strconv"

	"github.com/anteroom-video/anteroom/cmd/internal/obs"
	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/session"
)

// observe puts what the parts count under the names of metrics.
func (n *Node) observe(m *obs.Metrics) {
	m.Register([]obs.Family{
		{Name: "anteroom_sockets", Help: "Open websockets.", Gauge: true},
		{Name: "anteroom_sockets_unauthenticated", Help: "Open websockets that have not signed on.", Gauge: true},
		{Name: "anteroom_rooms", Help: "Live rooms.", Gauge: true},
		{Name: "anteroom_waiting", Help: "People in waiting rooms.", Gauge: true},
		{Name: "anteroom_members", Help: "People in rooms.", Gauge: true},
		{Name: "anteroom_unsaved_writes", Help: "Durable writes that the store has not taken yet.", Gauge: true},
		{Name: "anteroom_joins_total", Help: "Sign-ons with a ticket."},
		{Name: "anteroom_resumes_total", Help: "Sign-ons with a resume token."},
		{Name: "anteroom_resumes_kept_total", Help: "Resumes whose media went on."},
		{Name: "anteroom_admits_total", Help: "Admissions by a counsellor."},
		{Name: "anteroom_pairs_total", Help: "Pairs of two who were alone in a room and might connect to each other."},
		{Name: "anteroom_pairs_shown_total", Help: "Those of which both did."},
		{Name: "anteroom_http_panics_total", Help: "Panics that ended a request."},
		{Name: "anteroom_signaling_panics_total", Help: "Panics that ended a connection or a room."},
		{Name: "anteroom_sockets_turned_away_total", Help: "Sockets that were not accepted.", Labels: []string{"reason"}},
		{Name: "anteroom_requests_refused_total", Help: "Signalling requests that were refused.", Labels: []string{"code"}},
		{Name: "anteroom_sockets_closed_total", Help: "Sockets that ended; lost: by the peer or the network.", Labels: []string{"reason"}},
	}, n.signalingSamples)
	m.RegisterHistogram("anteroom_waited_seconds", "From knocking to being let in.", func() obs.Histogram { return histogram(n.live.Stats().Waited) })
	m.RegisterHistogram("anteroom_admit_seconds", "From a counsellor's admit to everything done that follows from it.",
		func() obs.Histogram { return histogram(n.live.Stats().AdmitLatency) })

	m.Register([]obs.Family{
		{Name: "anteroom_media_rooms", Help: "Rooms with media.", Gauge: true},
		{Name: "anteroom_media_sessions", Help: "Media connections.", Gauge: true},
		{Name: "anteroom_media_publications", Help: "Published tracks.", Gauge: true},
		{Name: "anteroom_media_subscriptions", Help: "Tracks on their way to somebody.", Gauge: true},
		{Name: "anteroom_media_packets_in_total", Help: "RTP packets that authenticated."},
		{Name: "anteroom_media_bytes_in_total", Help: "Their bytes."},
		{Name: "anteroom_media_packets_out_total", Help: "RTP packets sent, retransmissions included."},
		{Name: "anteroom_media_bytes_out_total", Help: "Their bytes."},
		{Name: "anteroom_media_nacked_in_total", Help: "Packets that receivers asked for again."},
		{Name: "anteroom_media_nacked_out_total", Help: "Packets that senders were asked for again."},
		{Name: "anteroom_media_retransmitted_total", Help: "Packets sent again."},
		{Name: "anteroom_media_keyframe_requests_in_total", Help: "Key frames that receivers asked for."},
		{Name: "anteroom_media_keyframe_requests_out_total", Help: "Key frames that senders were asked for."},
		{Name: "anteroom_media_layer_switches_total", Help: "Changes of the layer that somebody receives."},
		{Name: "anteroom_media_probes_total", Help: "Packets of padding sent to measure a receiver's line."},
		{Name: "anteroom_media_pictures_paused_total", Help: "Pictures that were paused because a receiver's line is too thin."},
		{Name: "anteroom_media_demands_total", Help: "Times that a sender was told which layers are watched."},
		{Name: "anteroom_media_pictures_paused", Help: "Pictures that are paused now because a receiver's line is too thin.", Gauge: true},
		{Name: "anteroom_media_lines", Help: "Media connections by how good their line is.", Labels: []string{"quality"}, Gauge: true},
		{Name: "anteroom_media_estimates", Help: "Media connections by what their line carries, in bits per second up to.", Labels: []string{"bits"}, Gauge: true},
		{Name: "anteroom_media_panics_total", Help: "Panics that ended a media session or room."},
		{Name: "anteroom_media_datagrams_total", Help: "Datagrams at the media port that are neither STUN nor DTLS, before anything is looked at."},
		{Name: "anteroom_media_socket_dropped_total", Help: "Datagrams, connections and packets dropped at the media port, before the engine.", Labels: []string{"reason"}},
		{Name: "anteroom_media_dropped_total", Help: "Packets that were not forwarded.", Labels: []string{"reason"}},
		{Name: "anteroom_media_ended_total", Help: "Media sessions that the server ended.", Labels: []string{"reason"}},
	}, n.mediaSamples)
	m.Register([]obs.Family{
		{Name: "anteroom_relay_grants", Help: "People who may use the relay: to reach the server, or each other.", Gauge: true},
		{Name: "anteroom_relay_relays", Help: "Relayed addresses in use.", Gauge: true},
		{Name: "anteroom_relay_connections", Help: "TCP and TLS connections of clients of the relay.", Gauge: true},
		{Name: "anteroom_relay_created_total", Help: "Relayed addresses that were given."},
		{Name: "anteroom_relay_refused_total", Help: "Requests with a credential that is unknown, over, or wrong."},
		{Name: "anteroom_relay_packets_total", Help: "Packets that were relayed."},
		{Name: "anteroom_relay_bytes_total", Help: "Their bytes."},
		{Name: "anteroom_relay_dropped_total", Help: "Packets, messages, relays and connections that the relay did not take.", Labels: []string{"reason"}},
		{Name: "anteroom_ingress_silent", Help: "TCP connections that have not said yet what they are.", Gauge: true},
		{Name: "anteroom_ingress_accepted_total", Help: "TCP connections that came to the shared port."},
		{Name: "anteroom_ingress_dropped_total", Help: "Those that were closed; unknown: neither pages, TURN nor ICE; evicted: silent for too long beside others.", Labels: []string{"reason"}},
	}, n.relaySamples)
	m.RegisterHistogram("anteroom_media_latency_seconds", "From the socket to the socket, of one forwarded packet in 64.", func() obs.Histogram {
		return obs.Histogram(n.media.Latency())
	})
}

func (n *Node) signalingSamples() [][]obs.Sample {
	s := n.live.Stats()
	closed := map[string]uint64{}
	for code, count := range s.Closed {
		reason := code.Reason()
		if code == 0 {
			reason = "lost"
		}
		closed[reason] += count
	}
	refused := map[string]uint64{}
	for code, count := range s.Refused {
		refused[string(code)] += count
	}
	return [][]obs.Sample{
		one(s.Sockets), one(s.Unauthenticated), one(s.Rooms), one(s.Waiting), one(s.Members), one(s.Unsaved),
		one(s.Joins), one(s.Resumes), one(s.Kept), one(s.Admits), one(s.Pairs), one(s.PairsShown), one(n.panics.Load()), one(s.Panics),
		labelled(s.TurnedAway), labelled(refused), labelled(closed),
	}
}

func (n *Node) mediaSamples() [][]obs.Sample {
	s := n.media.Stats()
	return [][]obs.Sample{
		one(s.Rooms), one(s.Sessions), one(s.Publications), one(s.Subscriptions),
		one(s.PacketsIn), one(s.BytesIn), one(s.PacketsOut), one(s.BytesOut),
		one(s.NACKsIn), one(s.NACKsOut), one(s.Retransmitted), one(s.PLIsIn), one(s.PLIsOut), one(s.LayerSwitches),
		one(s.Probed), one(s.Pauses), one(s.Demands), one(s.Paused), labelled(s.Lines), estimates(s.Estimates), one(s.Panics),
		one(s.Socket.Media), labelled(map[string]uint64{
			"unknown": s.Socket.Unknown, "overflow": s.Socket.Overflow, "control": s.Socket.Control,
			"garbled": s.Socket.Garbled, "tcp": s.Socket.TCPRefused,
		}), labelled(s.Dropped), labelled(s.Ended),
	}
}

func (n *Node) relaySamples() [][]obs.Sample {
	s, in := n.relay.Stats(), n.tcp.Stats()
	return [][]obs.Sample{
		one(s.Grants), one(s.Relays), one(s.Connections), one(s.Created), one(s.Refused), one(s.Packets), one(s.Bytes), labelled(s.Dropped),
		one(in.Silent), one(in.Accepted), labelled(map[string]uint64{"unknown": in.Unknown, "evicted": in.Evicted}),
	}
}

func one[N int | uint64](v N) []obs.Sample { return []obs.Sample{{Value: float64(v)}} }

// labelled are the samples of a count by reason; the reasons are words of the code.
func labelled[N int | uint64](counts map[string]N) []obs.Sample {
	var samples []obs.Sample
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		samples = append(samples, obs.Sample{Value: float64(counts[reason]), Labels: []string{reason}})
	}
	return samples
}

// estimates are the sessions by the step that their estimate is in; each stands in one.
func estimates(counts []int) []obs.Sample {
	steps := sfu.EstimateSteps()
	var samples []obs.Sample
	for i, n := range counts {
		bits := "more"
		if i < len(steps) {
			bits = strconv.Itoa(steps[i])
		}
		samples = append(samples, obs.Sample{Value: float64(n), Labels: []string{bits}})
	}
	return samples
}

func histogram(b session.Buckets) obs.Histogram {
	return obs.Histogram{Bounds: b.Bounds, Counts: b.Counts, Sum: b.Sum}
}
