package node

import (
	"strings"

	"github.com/anteroom-video/anteroom/web/api"
)

// service is what every page shows of the counselling service.
func (n *Node) service(version string) api.Service {
	c := n.config
	s := api.Service{
		Name: c.ServiceName, Phone: c.ServicePhone, Lang: c.ServiceLang, Version: version,
		Privacy: c.ServicePrivacy, Survey: c.ServiceSurvey, QuickExit: c.ServiceExit, Helplines: []api.Helpline{},
	}
	for _, line := range c.ServiceHelplines {
		name, phone, _ := strings.Cut(line, ":")
		s.Helplines = append(s.Helplines, api.Helpline{Name: strings.TrimSpace(name), Phone: strings.TrimSpace(phone)})
	}
	return s
}
