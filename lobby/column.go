package lobby

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Column is one column of the policies' table: what operators write, programs read and people are told. It is a field of [Policy] that
// names itself by tags, so that a new column is a line there and nothing here.
type Column struct {
	Name    string // as operators write it: "end_after"
	Help    string // what it decides, in words
	Allowed string // what its values are, in words
	field   int
}

// Columns are the columns in the order of the table.
func Columns() []Column {
	var columns []Column
	table := reflect.TypeFor[Policy]()
	for i := range table.NumField() {
		field := table.Field(i)
		if name := field.Tag.Get("column"); name != "" {
			columns = append(columns, Column{name, field.Tag.Get("help"), allowedFor(field), i})
		}
	}
	return columns
}

var duration = reflect.TypeFor[time.Duration]()

func allowedFor(field reflect.StructField) string {
	if said := field.Tag.Get("allowed"); said != "" {
		return said
	}
	switch {
	case field.Type == duration:
		return "a time in whole seconds such as 90s, 10m or 1h30m, up to 24h"
	case field.Type.Kind() == reflect.Bool:
		return "on or off"
	}
	return ""
}

// Text is the policy's value as operators write it: "10m", "on", "counsellors".
func (c Column) Text(p Policy) string { return text(reflect.ValueOf(p).Field(c.field)) }

func text(v reflect.Value) string {
	switch {
	case v.Type() == duration:
		return shortly(time.Duration(v.Int()))
	case v.Kind() == reflect.Bool && v.Bool():
		return "on"
	case v.Kind() == reflect.Bool:
		return "off"
	}
	return fmt.Sprint(v)
}

// shortly leaves out the zeros that Go writes: 10m0s is 10m.
func shortly(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Key is the column's name for programs: that of a time ends in _ms.
func (c Column) Key() string {
	if reflect.TypeFor[Policy]().Field(c.field).Type == duration {
		return c.Name + "_ms"
	}
	return c.Name
}

// Value is the policy's value for programs, which encoding/json writes: times in milliseconds.
func (c Column) Value(p Policy) any {
	v := reflect.ValueOf(p).Field(c.field)
	if v.Type() == duration {
		return time.Duration(v.Int()).Milliseconds()
	}
	return v.Interface()
}

// Values are all values of the policy for programs, by [Column.Key].
func (p Policy) Values() map[string]any {
	values := map[string]any{}
	for _, c := range Columns() {
		values[c.Key()] = c.Value(p)
	}
	return values
}

// set reads a value as operators write it. False: it is none of this column, and p may hold anything there.
func (c Column) set(p *Policy, text string) bool {
	return parse(reflect.ValueOf(p).Elem().Field(c.field), text) && p.complete()
}

func parse(v reflect.Value, text string) bool {
	switch {
	case v.Type() == duration:
		d, err := time.ParseDuration(text)
		v.SetInt(int64(d))
		return err == nil && d%time.Second == 0
	case v.Kind() == reflect.Bool:
		v.SetBool(text == "on" || text == "true")
		return v.Bool() || text == "off" || text == "false"
	case v.CanInt():
		n, err := strconv.ParseInt(text, 10, 32)
		v.SetInt(n)
		return err == nil
	case v.Kind() == reflect.String:
		v.SetString(text)
		rule, ok := v.Interface().(interface{ Valid() bool })
		return ok && rule.Valid()
	}
	return false
}
