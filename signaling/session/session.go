package session

import (
	"context"
	"crypto/rand"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/conn"
	"github.com/anteroom-video/anteroom/signaling/room"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Session is one participant's socket, from its opening to its end.
type Session struct {
	host   *Host
	socket room.Socket
	signed func() // called once when it is known who this is

	conn   *conn.Conn
	ctx    context.Context
	cancel context.CancelFunc

	greeted  bool // the first message has come; of the reader
	requests queue
	pace     *rate.Limiter // of messages that are not sealed; of the reader

	// Of the requests, which run one after the other, and of the end, which comes after them.
	hello    int32 // id of the hello, for its reply
	identity identity
	live     *Live  // nil before the sign-on
	leave    func() // the live room
	then     func() // what comes after the reply to the present request; nil for nothing

	last    atomic.Int32                     // id of a leave or end under way, whose reply must come before the socket's end; 0 for none
	evicted atomic.Bool                      // the seat is to be given up with the socket
	parted  atomic.Bool                      // the page closed the socket
	leaving atomic.Pointer[room.Leave]       // was said; it holds also where the socket ends before it is done
	pulse   atomic.Pointer[room.Participant] // whose signs of life the room wants to know of; nil for nobody's

	order sync.Mutex // guards the following fields; held while queueing a message, so that seq is the order of the socket

	seq uint64

	mu sync.Mutex // guards the following fields; held for memory only

	ended   bool
	room    lobby.RoomID    // that is signed on to here
	account lobby.AccountID // that signs on here
	at      *seat
	pass    pass
	refresh *time.Timer // makes the next resume token
	knocked time.Time   // when he began to wait, zero when he does not
	check   lineCheck
}

// New makes the session of a socket; call Serve next. signed is called, at most once, when the participant has signed on.
func New(h *Host, c *conn.Conn, signed func()) *Session {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Session{host: h, conn: c, socket: room.Socket(rand.Text()), signed: signed, pace: rate.NewLimiter(wire.RatePerSecond, wire.RateBurst), ctx: ctx, cancel: cancel, leave: func() {}}
	s.requests.run = s.handle
	return s
}

// Serve runs the session until its socket is gone, and takes the socket from the room. It gives the code that this side
// closed with, 0 when it was the peer or the network.
func (s *Session) Serve() wire.CloseCode {
	defer s.end()
	late := time.AfterFunc(wire.SignOnWithin, func() {
		if s.seat() == nil {
			s.conn.Close(wire.CloseTimeout)
		}
	})
	defer late.Stop()
	code := s.conn.Serve(s.receive, s.heard)
	s.parted.Store(s.conn.Parted())
	return code
}

// Close ends the connection from outside.
func (s *Session) Close(code wire.CloseCode) { s.conn.Close(code) }

// Evict ends the connection of somebody whose account was taken from him, and gives up his seat.
func (s *Session) Evict() {
	s.evicted.Store(true)
	s.conn.Close(wire.CloseNotAuthenticated)
}

// Account gives the account that signed on here or is about to, "" for none.
func (s *Session) Account() lobby.AccountID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.account
}

// Room gives the room that the participant signed on to here or is about to, "" for none.
func (s *Session) Room() lobby.RoomID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.room
}

// heard passes on that the peer lives, where the room wants to know.
func (s *Session) heard() {
	if p := s.pulse.Load(); p != nil {
		s.live.loop.Heard(*p)
	}
}

// receive takes one message; on the reader's goroutine, which must not wait for anybody.
func (s *Session) receive(data []byte) {
	defer s.guard("connection")
	m, err := wire.DecodeRequest(data)
	_, hello := m.Body.(*wire.Hello)
	first := !s.greeted
	s.greeted = true
	if _, sealed := m.Body.(*wire.SendSealed); !sealed && !s.pace.Allow() {
		s.conn.Close(wire.CloseTooFast)
		return
	}
	switch {
	case err != nil:
		s.refuse(m.ID, wire.CodeOf(err))
		if first {
			s.conn.Close(wire.CloseNotAuthenticated)
		}
	case first != hello:
		s.refuse(m.ID, wire.CodeWrongState)
		if first {
			s.conn.Close(wire.CloseNotAuthenticated)
		}
	default:
		switch b := m.Body.(type) {
		case *wire.Ping:
			s.reply(m.ID, &wire.Pong{})
			return
		case *wire.Leave:
			s.leaving.Store(&room.Leave{By: s.socket, Quick: b.Quick})
		}
		if !s.requests.add(m, len(data)) {
			s.conn.Close(wire.CloseTooFast)
		}
	}
}

// handle runs one request and replies; false after a fault, which ends the connection.
func (s *Session) handle(m wire.Message) (goOn bool) {
	defer s.guard("connection")
	if hello, ok := m.Body.(*wire.Hello); ok {
		s.signOn(m.ID, hello)
		return true
	}
	s.last.Store(0)
	switch m.Body.(type) {
	case *wire.Leave, *wire.LeaveOpen, *wire.End, *wire.Withdraw:
		s.last.Store(m.ID)
	}
	reply, err := s.do(m.Body)
	switch {
	case s.ctx.Err() != nil: // there is nobody left to be answered
	case s.last.Load() == answered:
	case err != nil:
		s.fail(m.ID, err)
	case m.ID == 0:
	default:
		s.reply(m.ID, reply)
	}
	if then := s.then; then != nil {
		s.then = nil
		then()
	}
	return true
}

// do asks whoever decides. A request without a reply of its own gets an ok.
func (s *Session) do(b wire.Body) (wire.Body, error) {
	if s.seat() == nil {
		return nil, refusal(wire.CodeWrongState) // the hello before it was refused
	}
	switch b := b.(type) {
	case *wire.Leave:
		return s.done(s.ask(room.Leave{By: s.socket, Quick: b.Quick}))
	case *wire.WriteNote:
		return s.done(s.ask(noteOf(s.socket, b)))
	case *wire.SayCompany:
		return s.done(s.ask(room.SayCompany{By: s.socket, Company: room.Company(b.Company)}))
	case *wire.Colleague:
		return s.done(s.ask(room.Colleague{By: s.socket, On: b.On}))
	case *wire.NoteConsent:
		return s.done(s.ask(room.NoteConsent{By: s.socket, Participant: room.Participant(b.Participant)}))
	case *wire.UnlockPIN:
		return s.done(s.ask(room.UnlockPIN{By: s.socket, Person: lobby.PersonID(b.Person)}))
	case *wire.Withdraw:
		return s.done(s.ask(room.Withdraw{By: s.socket, Participant: room.Participant(b.Participant)}))
	case *wire.Knock:
		return s.done(s.knock())
	case *wire.LineCheck:
		return s.checkLine()
	case *wire.Forecast:
		return s.done(s.foresee(b))
	case *wire.Offer:
		return s.offer(b)
	case *wire.SlotsAck:
		return s.done(s.ackSlots(b))
	case *wire.View:
		return s.done(s.view(b))
	case *wire.Self:
		return s.done(s.ask(room.Self{By: s.socket, Audio: b.Audio, Video: b.Video, Screen: b.Screen, Connection: room.Connection(b.Connection), Unreserve: b.VideoReserved != nil}))
	case *wire.PairSignal:
		return s.done(s.pairSignal(b))
	case *wire.PairShown:
		return s.done(s.pairShown(b))
	case *wire.SendSealed:
		return s.done(s.sendSealed(b))
	case *wire.Quality:
		return s.done(s.seat().choose(sfu.Choice(b.Choice)))
	case *wire.Admit:
		return s.done(s.admit(b))
	case *wire.Decline:
		return s.done(s.ask(room.Decline{By: s.socket, Participant: room.Participant(b.Participant)}))
	case *wire.PutBack:
		return s.done(s.ask(room.PutBack{By: s.socket, Participant: room.Participant(b.Participant)}))
	case *wire.Remove:
		return s.done(s.ask(room.Remove{By: s.socket, Participant: room.Participant(b.Participant)}))
	case *wire.Mute:
		return s.done(s.ask(room.Mute{By: s.socket, Participant: room.Participant(b.Participant), Kind: room.Kind(b.Kind)}))
	case *wire.MuteAll:
		return s.done(s.ask(room.MuteAll{By: s.socket}))
	case *wire.Promote:
		return s.done(s.ask(room.Promote{By: s.socket, Participant: room.Participant(b.Participant), On: b.On}))
	case *wire.ReserveVideo:
		return s.done(s.ask(room.ReserveVideo{By: s.socket, Participant: room.Participant(b.Participant)}))
	case *wire.Hold:
		return s.done(s.ask(room.Hold{By: s.socket, On: b.On, Consultation: b.Consultation}))
	case *wire.Lock:
		return s.done(s.ask(room.Lock{By: s.socket, On: b.On}))
	case *wire.RaiseHand:
		return s.done(s.ask(room.RaiseHand{By: s.socket, Up: b.Up}))
	case *wire.LowerHand:
		return s.done(s.ask(room.LowerHand{By: s.socket, Participant: room.Participant(b.Participant)}))
	case *wire.LeaveOpen:
		return s.done(s.ask(room.LeaveOpen{By: s.socket, For: time.Duration(b.ForMS) * time.Millisecond}))
	case *wire.Groups:
		return s.done(s.ask(divisionOf(s.socket, b)))
	case *wire.Recall:
		return s.done(s.ask(room.Recall{By: s.socket}))
	case *wire.EnterGroup:
		return s.done(s.ask(room.EnterGroup{By: s.socket, Group: b.Group}))
	case *wire.Incident:
		return s.incident(b)
	case *wire.Share:
		return s.done(s.ask(room.Share{By: s.socket, Rule: room.ShareRule(b.Rule)}))
	case *wire.Pin:
		return s.done(s.ask(room.PinFor{By: s.socket, Pin: room.Pin{Participant: room.Participant(b.Participant), Source: room.Source(b.Source)}}))
	case *wire.ShowCard:
		return s.done(s.ask(room.ShowCard{By: s.socket, Card: room.Card(b.Card)}))
	case *wire.End:
		return s.done(s.ask(room.End{By: s.socket}))
	}
	return nil, refusal(wire.CodeUnknownType)
}

// answered stands for the id of a last request that has been answered.
const answered = -1

// answerLast answers a leave or end under way, because nothing can be said once the room closes the socket.
func (s *Session) answerLast() {
	if id := s.last.Load(); id > 0 && s.last.CompareAndSwap(id, answered) {
		s.reply(id, &wire.OK{})
	}
}

func (s *Session) done(err error) (wire.Body, error) { return &wire.OK{}, err }

// ask has the room decide.
func (s *Session) ask(c room.Command) error { return s.live.loop.Do(s.ctx, c) }

// fail answers a request that was refused or went wrong.
func (s *Session) fail(id int32, err error) {
	code := codeOf(err)
	if code == wire.CodeInternal {
		s.host.Logger.Error("request failed", slog.String("error", err.Error()))
	}
	s.refuse(id, code)
}

func (s *Session) refuse(id int32, code wire.Code) {
	s.host.Counts.refuse(code)
	s.reply(id, &wire.Error{Code: code})
	switch code {
	case wire.CodeBadMessage, wire.CodeUnknownType, wire.CodeNotAllowed:
		s.conn.Refused()
	}
}

// reply answers a request.
func (s *Session) reply(id int32, b wire.Body) { s.put(wire.Message{ID: id, Body: b}) }

// send tells an event.
func (s *Session) send(b wire.Body) {
	s.order.Lock()
	defer s.order.Unlock()
	s.seq++
	s.put(wire.Message{Seq: s.seq, Body: b})
}

// offerEvent tells an event unless the client is far behind already; false then, and nothing was said.
func (s *Session) offerEvent(b wire.Body) bool {
	s.order.Lock()
	defer s.order.Unlock()
	data, err := wire.Encode(wire.Message{Seq: s.seq + 1, Body: b})
	if err != nil || !s.conn.Offer(data) {
		return false
	}
	s.seq++
	return true
}

func (s *Session) put(m wire.Message) {
	data, err := wire.Encode(m)
	if err != nil {
		s.host.Logger.Error("message not sent", slog.String("type", m.Body.Type()), slog.String("error", err.Error()))
		s.conn.Close(wire.CloseInternal)
		return
	}
	s.conn.Send(data)
}

func (s *Session) seat() *seat {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

// guard ends this connection alone when something panics in what it does.
func (s *Session) guard(where string) {
	if recovered := recover(); recovered != nil {
		s.host.Panicked(where, recovered, debug.Stack())
		s.conn.Close(wire.CloseInternal)
	}
}

// end takes the socket from the room when it is gone. A lost socket is not a leave: the seat stays.
func (s *Session) end() {
	s.cancel()
	s.requests.close()
	s.mu.Lock()
	s.ended = true
	if s.refresh != nil {
		s.refresh.Stop()
	}
	check := s.check
	s.mu.Unlock()
	check.end()
	if s.live == nil {
		return
	}
	s.pulse.Store(nil)
	// The room must learn of it, whatever it takes: a seat would wait for a socket that does not come. It may know already.
	gone := context.WithoutCancel(s.ctx)
	if leaving := s.leaving.Load(); leaving != nil {
		_ = s.live.loop.Do(gone, *leaving)
	}
	if s.evicted.Load() {
		_ = s.live.loop.Do(gone, room.Leave{By: s.socket})
	}
	_ = s.live.loop.Do(gone, room.Disconnect{Socket: s.socket, Parted: s.parted.Load()})
	s.live.loop.Detach(s.socket)
	if x := s.seat(); x != nil {
		s.live.at(x.id, func(x *seat) { x.part(s) })
	}
	s.leave()
}
