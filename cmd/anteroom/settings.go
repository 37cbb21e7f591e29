package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/cmd/internal/obs"
	"github.com/anteroom-video/anteroom/lobby/sqlstore"
)

// settings are a command's flags for the configuration.
type settings struct {
	program *program
	keys    []config.Key
	dev     bool
	file    string
	command *cobra.Command
}

// addSettings gives a command the flags of the configuration's keys: all, or those that are named.
func (p *program) addSettings(c *cobra.Command, only ...string) *settings {
	s := &settings{program: p, command: c}
	flags := c.PersistentFlags()
	flags.StringVar(&s.file, "config", "", "the configuration file (environment: "+config.FileEnv+")")
	flags.BoolVar(&s.dev, "dev", false, "for trying out on this machine: http://localhost:8080, state in ./var")
	for _, key := range config.Keys() {
		if len(only) > 0 && !slices.Contains(only, key.Name) {
			continue
		}
		s.keys = append(s.keys, key)
		flags.String(key.Flag(), "", key.Help+": "+key.Allowed+" (environment: "+key.Env()+")")
	}
	return s
}

// stateDirEnv is the environment's name of the state folder.
const stateDirEnv = "ANTEROOM_STATE_DIR"

// named says whether anybody said which node is meant: by its folder, by its configuration, or with --dev.
func (s *settings) named() bool {
	inEnviron := slices.ContainsFunc(s.program.environ, func(variable string) bool {
		name, value, _ := strings.Cut(variable, "=")
		return (name == stateDirEnv || name == config.FileEnv) && value != ""
	})
	return inEnviron || s.dev || s.file != "" || s.command.PersistentFlags().Changed("state-dir")
}

// elsewhere adds to the error that a folder holds no store where there is one that may be meant: that of a node for trying out.
func (s *settings) elsewhere(err error) error {
	if !errors.Is(err, control.ErrNoStore) {
		return err
	}
	dev, absolute := filepath.Abs(config.Defaults(true).StateDir)
	if absolute != nil {
		return err
	}
	_, missing := os.Stat(filepath.Join(dev, sqlstore.FileName))
	switch {
	case s.dev && missing != nil:
		return explain(err, "%v; --dev means %s, in the folder where make run was called", err, dev)
	case !s.dev && missing == nil:
		return explain(err, "%v; the store of a node for trying out exists in %s, and --dev uses it", err, dev)
	}
	return err
}

// read reads the configuration. The warnings are what has no effect.
func (s *settings) read() (c config.Config, warnings []string, err error) {
	given := map[string]string{}
	for _, key := range s.keys {
		if s.command.PersistentFlags().Changed(key.Flag()) {
			value, err := s.command.PersistentFlags().GetString(key.Flag())
			if err != nil {
				return config.Config{}, nil, err
			}
			given[key.Name] = value
		}
	}
	return config.Load(config.Input{Dev: s.dev, File: s.file, Environ: s.program.environ, Flags: given})
}

// load reads the configuration and makes the logger that it asks for.
func (s *settings) load() (config.Config, *slog.Logger, error) {
	c, warnings, err := s.read()
	if err != nil {
		return config.Config{}, nil, err
	}
	logger := obs.NewLogger(s.program.err, c.LogLevel.Level(), c.LogFormat == config.LogJSON)
	for _, warning := range warnings {
		logger.Warn(warning)
	}
	return c, logger, nil
}
