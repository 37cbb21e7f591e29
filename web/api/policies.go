package api

// policyView is a policy as counsellors see it who choose one for a room.
type policyView struct {
	Name    string         `json:"name"`
	Title   string         `json:"title,omitempty"`
	Columns map[string]any `json:"columns"`
	Locks   []string       `json:"locks"`
}

// listPolicies tells what is offered. The room's rules are the same for all counsellors of a service.
func (a *API) listPolicies(*call) (any, error) {
	views := make([]policyView, 0, len(a.Policies.Offered))
	for _, name := range a.Policies.Offered {
		p := a.Policies.Policies[name]
		views = append(views, policyView{p.Name, p.Title, p.Values(), append([]string{}, p.Locks...)})
	}
	return map[string][]policyView{"policies": views}, nil
}
