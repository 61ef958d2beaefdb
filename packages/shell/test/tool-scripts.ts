import type { RecordedScript } from './recorded-script.ts';

/** Scripts of the everyday tools, with what GNU coreutils, grep, sed, findutils and diffutils make of them. */
export const TOOL_SCRIPTS: readonly RecordedScript[] = [
  {
    script:
      "printf 'b\\na\\nc\\na\\n' | sort; printf 'b\\na\\nc\\na\\n' | sort -u; printf '10\\n9\\n2\\n' | sort -n; printf '10\\n9\\n2\\n' | sort -rn; printf '10\\n9\\n2\\n' | sort",
    stdout: 'a\na\nb\nc\na\nb\nc\n2\n9\n10\n10\n9\n2\n10\n2\n9\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      "printf 'x 3\\ny 1\\nz 2\\n' | sort -k2,2n; printf 'x:3\\ny:1\\n' | sort -t: -k2; printf '1.10\\n1.9\\n1.2\\n' | sort -V; printf '2K\\n1M\\n3\\n' | sort -h",
    stdout: 'y 1\nz 2\nx 3\ny:1\nx:3\n1.2\n1.9\n1.10\n3\n2K\n1M\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      "printf 'a\\na\\nb\\nc\\nc\\n' | uniq; printf 'a\\na\\nb\\n' | uniq -c; printf 'a\\na\\nb\\n' | uniq -d; printf 'a\\na\\nb\\n' | uniq -u",
    stdout: 'a\nb\nc\n      2 a\n      1 b\na\nb\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      "printf 'a:b:c\\nd:e:f\\n' | cut -d: -f2; printf 'a:b:c\\n' | cut -d: -f1,3; printf 'abcdef\\n' | cut -c2-4; printf 'a b\\n' | cut -d: -f1; printf 'a b\\n' | cut -d: -s -f1",
    stdout: 'b\ne\na:c\nbcd\na b\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      "echo hello | tr a-z A-Z; echo hello | tr -d l; echo aabbcc | tr -s ab; echo 'a,b' | tr , '\\n'; echo abc | tr -c 'a\\n' x",
    stdout: 'HELLO\nheo\nabcc\na\nb\naxx\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      "printf '1\\n2\\n3\\n4\\n5\\n' | head -n 2; printf '1\\n2\\n3\\n' | head -n -1; printf 'abcdef' | head -c 3; printf '1\\n2\\n3\\n4\\n5\\n' | tail -n 2; printf '1\\n2\\n3\\n' | tail -n +2; printf 'abcdef' | tail -c 2",
    stdout: '1\n2\n1\n2\nabc4\n5\n2\n3\nef',
    stderr: '',
    code: 0,
  },
  {
    script:
      "printf 'one two\\nthree\\n' | wc; printf 'one two\\nthree\\n' | wc -l; printf 'one two' | wc -w; printf 'abc' | wc -c; printf '' | wc -l",
    stdout: '      2       3      14\n2\n2\n3\n0\n',
    stderr: '',
    code: 0,
  },
  {
    script: 'seq 3; seq 2 4; seq 1 2 7; seq -w 8 10; seq -s, 3; seq 3 -1 1; seq 0.5 0.5 2',
    stdout: '1\n2\n3\n2\n3\n4\n1\n3\n5\n7\n08\n09\n10\n1,2,3\n3\n2\n1\n0.5\n1.0\n1.5\n2.0\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      "printf 'foo\\nbar\\nfoobar\\n' | grep foo; printf 'foo\\nbar\\n' | grep -v foo; printf 'foo\\nbar\\nfoo\\n' | grep -c foo; printf 'foo\\nbar\\n' | grep -n bar; printf 'Foo\\n' | grep -i foo",
    stdout: 'foo\nfoobar\nbar\n2\n2:bar\nFoo\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      "printf 'foo123bar\\n' | grep -o '[0-9]*'; printf 'a1b22\\n' | grep -oE '[0-9]+'; printf 'ab\\nabab\\n' | grep -E '^(ab)+$'; printf 'a.b\\naxb\\n' | grep -F a.b; printf 'cat\\nconcat\\n' | grep -w cat; printf 'abc\\nab\\n' | grep -x ab",
    stdout: '123\n1\n22\nab\nabab\na.b\ncat\nab\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      "printf 'foo\\n' | grep -q foo; echo $?; printf 'foo\\n' | grep -q bar; echo $?; grep x /nonexistent; echo $?",
    stdout: '0\n1\n2\n',
    stderr: 'grep: /nonexistent: No such file or directory\n',
    code: 0,
  },
  {
    script:
      "printf '1\\n2\\nm\\n4\\n5\\n' | grep -A1 m; printf '1\\n2\\nm\\n4\\n5\\n' | grep -B1 m; printf '1\\nm\\n3\\n4\\n5\\nm\\n7\\n' | grep -C1 m; printf 'a\\nb\\na\\n' | grep -m1 a",
    stdout: 'm\n4\n2\nm\n1\nm\n3\n--\n5\nm\n7\na\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      "printf 'ab\\n' | grep 'a\\|c'; printf 'aab\\n' | grep 'a\\{2\\}b'; printf 'x=1\\n' | grep -E 'x=[[:digit:]]'; printf 'word here\\n' | grep -o '\\bh\\w*'; printf 'abab\\n' | grep '\\(ab\\)\\1'",
    stdout: 'ab\naab\nx=1\nhere\nabab\n',
    stderr: '',
    code: 0,
  },
  {
    script: "printf 'abc\\nxyz\\n' | grep -e a -e z; printf 'abcd\\n' | grep -oE 'ab|abcd'",
    stdout: 'abc\nxyz\nabcd\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      "echo hello world | sed 's/world/there/'; echo aaa | sed 's/a/b/g'; echo aaa | sed 's/a/b/2'; echo 'a/b' | sed 's|/|-|'; echo abc | sed 's/b/[&]/'; echo abc | sed 's/\\(a\\)\\(b\\)/\\2\\1/'; echo abc | sed -E 's/(a)(b)/\\2\\1/'",
    stdout: 'hello there\nbbb\naba\na-b\na[b]c\nbac\nbac\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      "printf '1\\n2\\n3\\n4\\n' | sed -n 2p; printf '1\\n2\\n3\\n4\\n' | sed 2d; printf '1\\n2\\n3\\n4\\n' | sed '2,3d'; printf '1\\n2\\n3\\n' | sed '$d'; printf 'a\\nb\\nc\\n' | sed '/b/d'; printf 'a\\nb\\nc\\n' | sed -n '/a/,/b/p'; printf 'a\\nb\\n' | sed '1!d'",
    stdout: '2\n1\n3\n4\n1\n4\n1\n2\na\nc\na\nb\na\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      "printf 'a\\nb\\n' | sed 's/a/x/;s/b/y/'; printf 'a\\nb\\n' | sed -e 1d -e s/b/c/; printf 'a\\n' | sed 'a\\after'; printf 'a\\n' | sed 'i\\before'; printf 'a\\nb\\n' | sed '1c\\changed'; printf 'a\\nb\\n' | sed =; printf 'a\\nb\\nc\\n' | sed '2q'",
    stdout: 'x\ny\nc\na\nafter\nbefore\na\nchanged\nb\n1\na\n2\nb\na\nb\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      "printf 'a\\nb\\nc\\n' | sed -n '$='; printf 'a\\nb\\nc\\nd\\n' | sed 'N;s/\\n/-/'; printf 'a\\nb\\n' | sed 'G'; printf 'a\\nb\\nc\\n' | sed -n '1!G;h;$p'; printf 'aXb\\n' | sed 's/x/-/I'; printf 'abc\\n' | sed 'y/abc/xyz/'; echo foo | sed 's/.*/\\U&/'; echo foo | sed 's/o/\\n/'",
    stdout: '3\na-b\nc-d\na\n\nb\n\nc\nb\na\na-b\nxyz\nFOO\nf\no\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      "printf 'a\\nb\\nc\\nd\\ne\\n' | sed '0~2d'; printf 'a\\nb\\nc\\n' | sed '2{s/b/x/;p}'; printf 'aaa\\n' | sed ':l;s/a/b/;tl'; echo 'a b' | sed 's/ /\\t/'; printf 'x\\ny\\n' | sed '/x/!s/y/z/'",
    stdout: 'a\nc\ne\na\nx\nx\nc\nbbb\na\tb\nx\nz\n',
    stderr: '',
    code: 0,
  },
  {
    script: "echo abc | sed 's/b'; echo $?; echo abc | sed 'k'; echo $?; echo abc | sed 's/\\(/x/'; echo $?",
    stdout: '1\n1\n1\n',
    stderr:
      "sed: -e expression #1, char 3: unterminated `s' command\nsed: -e expression #1, char 1: unknown command: `k'\nsed: -e expression #1, char 7: Unmatched ( or \\(\n",
    code: 0,
  },
  {
    script:
      "printf 'a b\\nc\\n' | xargs; printf 'a\\nb\\nc\\n' | xargs -n2; printf 'a\\nb\\n' | xargs -I{} echo x{}y; echo \"'a b' c\" | xargs -n1; printf 'a\\0b\\0' | xargs -0 -n1; printf '' | xargs -r echo none; printf '' | xargs echo none",
    stdout: 'a b c\na b\nc\nxay\nxby\na b\nc\na\nb\nnone\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      'basename /a/b/c.txt; basename /a/b/c.txt .txt; basename /; dirname /a/b/c; dirname a; dirname /; dirname a/b/',
    stdout: 'c.txt\nc\n/\n/a/b\n.\n/\na\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      "echo -n hello | base64; echo aGVsbG8= | base64 -d; echo; echo -n hello | md5sum; echo -n hello | sha1sum; echo -n hello | sha256sum; echo '!!!' | base64 -d; echo $?",
    stdout:
      'aGVsbG8=\nhello\n5d41402abc4b2a76b9719d911017c592  -\naaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d  -\n2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824  -\n1\n',
    stderr: 'base64: invalid input\n',
    code: 0,
  },
  {
    script:
      "printf '%s\\n' abc | rev; printf '1\\n2\\n3\\n' | tac; yes a | head -3; echo x | tee /tmp/pw-tee; cat /tmp/pw-tee; printf 'a\\n\\n\\nb\\n' | cat -s; printf 'a\\tb\\n' | cat -A; printf 'a\\nb\\n' | cat -n",
    stdout: 'cba\n3\n2\n1\na\na\na\nx\nx\na\n\nb\na^Ib$\n     1\ta\n     2\tb\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      'mkdir -p /tmp/pw-d/x/y && ls /tmp/pw-d && touch /tmp/pw-d/f && ls /tmp/pw-d && rm -r /tmp/pw-d && ls /tmp/pw-d; echo $?',
    stdout: 'x\nf\nx\n2\n',
    stderr: "ls: cannot access '/tmp/pw-d': No such file or directory\n",
    code: 0,
  },
  {
    script:
      'mkdir /tmp/pw-e && mkdir /tmp/pw-e; echo $?; rmdir /tmp/pw-e; rmdir /tmp/pw-e; echo $?; rm /tmp/pw-none; echo $?; rm -f /tmp/pw-none; echo $?; rm /tmp; echo $?',
    stdout: '1\n1\n1\n0\n1\n',
    stderr:
      "mkdir: cannot create directory '/tmp/pw-e': File exists\nrmdir: failed to remove '/tmp/pw-e': No such file or directory\nrm: cannot remove '/tmp/pw-none': No such file or directory\nrm: cannot remove '/tmp': Is a directory\n",
    code: 0,
  },
  {
    script:
      'echo hi > /tmp/pw-a; cp /tmp/pw-a /tmp/pw-b; cat /tmp/pw-b; mv /tmp/pw-b /tmp/pw-c; cat /tmp/pw-c; ls /tmp/pw-b; cp /tmp/pw-none /tmp/pw-x; echo $?; mv /tmp/pw-none /tmp/pw-x; echo $?; cp /tmp /tmp/pw-y; echo $?; rm /tmp/pw-a /tmp/pw-c',
    stdout: 'hi\nhi\n1\n1\n1\n',
    stderr:
      "ls: cannot access '/tmp/pw-b': No such file or directory\ncp: cannot stat '/tmp/pw-none': No such file or directory\nmv: cannot stat '/tmp/pw-none': No such file or directory\ncp: -r not specified; omitting directory '/tmp'\n",
    code: 0,
  },
  {
    script:
      "mkdir -p /tmp/pw-f/a/b; touch /tmp/pw-f/a/b/c.yaml /tmp/pw-f/d.txt; find /tmp/pw-f -name '*.yaml'; find /tmp/pw-f -type d | sort; find /tmp/pw-f -maxdepth 1 -type f; find /tmp/pw-f -type f -exec echo got {} \\; | sort; find /tmp/pw-f -name c.yaml -o -name d.txt | sort; find /tmp/pw-f -empty -type f | sort; rm -r /tmp/pw-f; find /tmp/pw-f; echo $?",
    stdout:
      '/tmp/pw-f/a/b/c.yaml\n/tmp/pw-f\n/tmp/pw-f/a\n/tmp/pw-f/a/b\n/tmp/pw-f/d.txt\ngot /tmp/pw-f/a/b/c.yaml\ngot /tmp/pw-f/d.txt\n/tmp/pw-f/a/b/c.yaml\n/tmp/pw-f/d.txt\n/tmp/pw-f/a/b/c.yaml\n/tmp/pw-f/d.txt\n1\n',
    stderr: "find: '/tmp/pw-f': No such file or directory\n",
    code: 0,
  },
  {
    script:
      "printf 'a\\nb\\nc\\n' > /tmp/pw-1; printf 'a\\nx\\nc\\n' > /tmp/pw-2; diff /tmp/pw-1 /tmp/pw-2; echo $?; diff -q /tmp/pw-1 /tmp/pw-2; diff /tmp/pw-1 /tmp/pw-1; echo $?; diff -u /tmp/pw-1 /tmp/pw-2 | tail -n +3; rm /tmp/pw-1 /tmp/pw-2",
    stdout:
      '2c2\n< b\n---\n> x\n1\nFiles /tmp/pw-1 and /tmp/pw-2 differ\n0\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      "printf '1\\n2\\n3\\n4\\n5\\n6\\n7\\n8\\n9\\n' > /tmp/pw-1; printf '0\\n1\\n2\\n3\\n4\\n5\\n6\\n7\\n9\\n10\\n' > /tmp/pw-2; diff /tmp/pw-1 /tmp/pw-2; diff -U1 /tmp/pw-1 /tmp/pw-2 | tail -n +3; rm /tmp/pw-1 /tmp/pw-2",
    stdout: '0a1\n> 0\n8d8\n< 8\n9a10\n> 10\n@@ -1 +1,2 @@\n+0\n 1\n@@ -7,3 +8,3 @@\n 7\n-8\n 9\n+10\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      'date -u -d @0; date -u -d @1700000000 +%Y-%m-%dT%H:%M:%SZ; date -u -d 2024-02-29 +%j; date -d nonsense; echo $?',
    stdout: 'Thu Jan  1 00:00:00 UTC 1970\n2023-11-14T22:13:20Z\n060\n1\n',
    stderr: "date: invalid date 'nonsense'\n",
    code: 0,
  },
  {
    script:
      "env -i A=1 B=2 env; env -i sh -c 'echo $A'; timeout 1 true; echo $?; timeout 0.1 sleep 5; echo $?",
    stdout: 'A=1\nB=2\n\n0\n124\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      'sleep abc; echo $?; seq; echo $?; cut x; echo $?; sort -z9; echo $?; ls --nope; echo $?; cat /tmp; echo $?; head -n x; echo $?; wc /nonexistent; echo $?',
    stdout: '1\n1\n1\n2\n2\n1\n1\n1\n',
    stderr:
      "sleep: invalid time interval 'abc'\nTry 'sleep --help' for more information.\nseq: missing operand\nTry 'seq --help' for more information.\ncut: you must specify a list of bytes, characters, or fields\nTry 'cut --help' for more information.\nsort: invalid option -- '9'\nTry 'sort --help' for more information.\nls: unrecognized option '--nope'\nTry 'ls --help' for more information.\ncat: /tmp: Is a directory\nhead: invalid number of lines: 'x'\nwc: /nonexistent: No such file or directory\n",
    code: 0,
  },
  {
    script:
      "echo abc > /tmp/pw-m; chmod 600 /tmp/pw-m; stat -c '%a %A %s %F' /tmp/pw-m; chmod u+x,g+r /tmp/pw-m; stat -c %a /tmp/pw-m; ln -s /tmp/pw-m /tmp/pw-l; readlink /tmp/pw-l; cat /tmp/pw-l; rm /tmp/pw-m /tmp/pw-l",
    stdout: '600 -rw------- 4 regular file\n740\n/tmp/pw-m\nabc\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      "printf 'k: v\\n' | grep -q '^k:' && echo match; printf 'a b c\\n' | while read -r x rest; do echo \"$rest\"; done; printf '%s' 'no newline' | cat; echo; printf 'x' | sed 's/x/y/'; echo",
    stdout: 'match\nb c\nno newline\ny\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      "x=$(printf 'a\\nb\\n' | grep b); echo \"$x\"; for f in $(printf '1\\n2\\n'); do echo n$f; done; printf 'a=1\\nb=2\\n' | while IFS== read k v; do echo \"$k->$v\"; done",
    stdout: 'b\nn1\nn2\na->1\nb->2\n',
    stderr: '',
    code: 0,
  },
  {
    script:
      'expr 1 + 2; expr \\( 1 + 2 \\) \\* 3; expr 7 % 4; expr -1 - 3; expr 99999999999 \\* 99999999999; expr 10 \\< 9; expr a \\< b; expr 0 \\| 5; expr 1 \\& 0',
    stdout: '3\n9\n3\n-4\n9999999999800000000001\n0\n1\n5\n0\n',
    stderr: '',
    code: 1,
  },
  {
    script:
      "expr abc : 'a\\(b\\)c'; expr hello : '.*l'; expr hello : x; expr match abc b; expr length hello; expr index hello lo; expr substr hello 2 3; expr + length",
    stdout: 'b\n4\n0\n0\n5\n3\nell\nlength\n',
    stderr: '',
    code: 0,
  },
  {
    script: 'expr; expr a + 1; expr 5 / 0; expr 1 +; expr 1 2; expr \\( 1 + 2; expr \\( \\)',
    stdout: '',
    stderr:
      "expr: missing operand\nTry 'expr --help' for more information.\nexpr: non-integer argument\nexpr: division by zero\nexpr: syntax error: missing argument after '+'\nexpr: syntax error: unexpected argument '2'\nexpr: syntax error: expecting ')' after '2'\nexpr: syntax error: unexpected ')'\n",
    code: 2,
  },
  {
    script:
      "printf 'a\\001b\\177' | hexdump -C; printf 'hello, world 1234' | hexdump -C; printf 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' | hexdump -C; printf abc | hexdump; printf '' | hexdump -C; printf abcdef | hexdump -C -n 2",
    stdout:
      '00000000  61 01 62 7f                                       |a.b.|\n00000004\n00000000  68 65 6c 6c 6f 2c 20 77  6f 72 6c 64 20 31 32 33  |hello, world 123|\n00000010  34                                                |4|\n00000011\n00000000  61 61 61 61 61 61 61 61  61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa|\n*\n00000030\n0000000 6261 0063                              \n0000003\n00000000  61 62                                             |ab|\n00000002\n',
    stderr: '',
    code: 0,
  },
];
