"""Where the sources lie: cleaned text files in one folder, plain or bare clones named OWNER+NAME in another."""

import json
import os
import subprocess


class Sources:
    def __init__(self, clean, git):
        self.clean, self.git = clean, git

    def text(self, name):
        return open(f'{self.clean}/{name}', encoding='utf-8').read()

    def json_lines(self, name):
        return [json.loads(line) for line in self.text(name).split('\n') if line]

    def repository(self, name):
        for path in (f'{self.git}/{name}/repo/.git', f'{self.git}/{name}/repo', f'{self.git}/{name}'):
            if os.path.exists(path + '/HEAD'):
                return path
        raise FileNotFoundError(f'no clone of {name} in {self.git}')

    def show(self, name, path):
        """Text of a file at HEAD."""
        command = ['git', '-C', self.repository(name), 'show', 'HEAD:' + path]
        return subprocess.run(command, capture_output=True).stdout.decode('utf-8', 'ignore')

    def tree(self, name, under=''):
        """Paths of all files at HEAD, of one folder if named."""
        command = [
            'git',
            '-C',
            self.repository(name),
            'ls-tree',
            '-r',
            '--name-only',
            'HEAD',
            *([under] if under else []),
        ]
        return [path for path in subprocess.run(command, capture_output=True, text=True).stdout.split('\n') if path]
