#!/usr/bin/env python3
"""Writes common.txt: the passwords that are refused because everybody uses them.

OWASP ASVS 5.0 (6.2.4) asks that at least the 3,000 most common passwords that satisfy the rule
are refused. The rule here (8-20 printable ASCII characters with a letter, a digit and a symbol)
excludes nearly every entry of the published lists of leaked passwords: what people choose under
such a rule is a well-known word, decorated just enough. So the list is made the way they make
it, and the way an attacker's tool guesses it: the words, keyboard walks, names and Japanese
favourites that such lists agree on, most used first, in the spellings and with the endings that
people reach for, most used first. Word number w with decoration number d is as likely as
1 / (w * d), the law that leaked passwords roughly follow; the most likely are kept.

No list of anybody else's is copied, nothing is random and nothing is downloaded: the same script
always writes the same file.

    python3 common.py            writes common.txt beside this script
    python3 common.py --check    fails if common.txt is not what it would write
"""

import pathlib
import string
import sys

MOST_ENTRIES = 4_200
MOST_BYTES = 58_000

# Well known just as they are: always on the list.
LITERALS = r"""
p@ssw0rd p@ssword1 p@ssw0rd1 p@ssw0rd! p@ssw0rd123 p@ssw0rd12 p@ssw0rd1! p@ssw0rd123! p@ssw0rd2023
p@55w0rd p@55word p@$$w0rd p@$$w0rd1 p@$$w0rd! p@$$word1 pa$$w0rd pa$$w0rd1 pa$$w0rd! pa$$word1
passw0rd! passw0rd@ passw0rd# passw0rd$ passw0rd. passw0rd? passw0rd1! passw0rd!1 passw0rd@1 passw0rd@123
passw0rd123! password1! password!1 password@1 password#1 password$1 password.1 password-1 password_1
password1@ password1# password1$ password1. password1? password1* password1- password123! password123@
password123# password@123 password#123 password!123 password_123 password-123 password!2 password2!
password12! password1234! password@1234 password@12 password@2023 password2023! pass@123 pass@1234
pass@word1 pass@word123 pass1234! pass123! pass123!@# pass1word! p@ss1234 p@ss12345 p@ss123! p@ssword123
admin@123 admin@1234 admin@12345 admin123! admin1234! admin!123 admin#123 admin@2023 admin@2024 adm1n@123
@dmin123 @dmin1234 @dm1n123 @dm1n!23 root@123 root@1234 test@123 test@1234 test123! test1234! user@123
user@1234 user1234! guest@123 demo@123 demo1234! temp@123 temp1234! login@123 super@123 server@123
welcome1! welcome@1 welcome@123 welcome123! welcome#1 welcome#123 welcome2023! welcome@2023 welc0me! welc0me1!
w3lcome! w3lc0me! welcome1@ welcome1# welcome1$ welcome!1 welcome!23 changeme1! changeme123! ch@ngeme1
ch@ng3me change_me1 changeme@123 letmein1! letmein123! letme1n! l3tm31n! let_me_in1 letmein@123
iloveyou1! iloveyou123! iloveyou@123 iloveyou!1 il0veyou! il0vey0u! iloveyou2! i_love_you1 1loveyou!
qwerty1! qwerty@1 qwerty@123 qwerty!23 qwerty123! qwerty123@ qwerty123# qwerty!123 qwerty12! qwerty1234!
qwerty@12 qwerty@1234 qwerty@12345 qwerty#123 qwerty_123 qwerty-123 qwerty1@ qwerty1# qwer1234! qwer!234
qwer@1234 qwer1234@ qwer1234# qwer1234$ qwer123! qwe123!@# qwe!@#123 qwe123qwe! qweasd123! qweasdzxc1!
!@#qwe123 123qwe!@# !@#123qwe !@#$qwer1234 qwer1234!@#$ 1234qwer!@#$ !@#$1234qwer 1234!@#$qwer
qwer!@#$1234 q1w2e3r4! q1w2e3r4t5! q1w2e3r4@ q!w2e3r4 1q2w3e4r! 1q2w3e4r@ 1q2w3e4r5t! 1q2w3e4r#
1q2w3e4r$ 1q2w3e4r5t6y! 1q2w3e!@# 1q2w3e4r!@#$ 1q2w#e$r 1q@w3e4r 1q@w3e$r !q2w3e4r !q@w3e4r !q2w#e4r
1qaz@wsx 1qaz2wsx! 1qaz2wsx@ 1qaz2wsx# 1qaz2wsx3edc! 1qaz@wsx3edc 1qaz@wsx#edc 1qaz!qaz !qaz1qaz !qaz2wsx
!qaz@wsx1 !qaz2wsx3edc 1qazxsw2! 1qazxsw@ 1qaz"wsx !qaz"wsx1 1qaz2wsx#edc @wsx1qaz 2wsx!qaz 2wsx@wsx
2wsx#edc @wsx3edc 3edc$rfv #edc4rfv 1qaz#edc zaq1@wsx zaq!2wsx zaq12wsx! zaq1xsw@ zaq!1qaz zaq1!qaz
xsw2!qaz xsw2@wsx !qazxsw2 @wsxzaq1 cde3$rfv cde#4rfv zaq1zaq! 1qaz_2wsx 1qaz-2wsx 1qaz.2wsx
asdf1234! asdf@1234 asdf!234 asdf123! asd123!@# asd@12345 asdfgh1! asdfghjkl1! asdf;lkj1 asdfjkl;1 zxcv1234!
zxcvbn1! zxcvbnm1! zxc123!@# zxcvbnm,./1 qazwsx1! qazwsx123! qazwsx@123 qazwsx!1 qazxsw2! qwertyuiop1!
qwert12345! qwert@123 qwert123! q2w3e4r5! qaz123!@# qaz@123456 wsx@1234 1234qwer! 1234qwer@ 123qweasd!
123qwe!! 123qweasdzxc! qwe@12345 qwe@123456 w2e3r4t5! 12qwaszx! 12qw!@qw 12qw!@qwas 1a2b3c4d!
abc123!! abc123!@# abc!@#123 abc@1234 abc@12345 abc@123456 abcd@123 abcd@1234 abcd@12345 abcd1234! abcd1234@
abcd1234# abcd1234$ abcd!234 abcd#1234 abcd_1234 abcd-1234 abcd.1234 abcde123! abcde@123 abcde12345!
abcdef1! abcdefg1! abcdefgh1! a1b2c3d4! a1b2c3d4@ a1b2c3d4e5! a123456! a123456@ a1234567! a12345678! a1234567@
a@123456 a@1234567 a@12345678 a!123456 a_123456 a.123456 a-123456 aa123456! aa123456@ aa12345! aa@12345
aa@123456 aaa111!!! aaa@1234 aaaa1111! aaaaaa1! aaaaaaa1! aaaa@1111 aabb1122! abc.1234 abc-1234 abc_1234
1234abcd! 1234abcd@ 12345abc! 123456a! 123456a@ 123456ab! 123456abc! 1234567a! 12345678a! 123456789a!
1234@abcd 123@abcd 123@qwerty 1@password 123!@#qwe 123!@#abc 123abc!@# 123456!a 123456@a !123456a
!1234qwer !1234abcd @123456a @1234567a #1password !password1 @password1 #password1 $password1 !p@ssw0rd
1!2@3#4$a a!2@3#4$ !1q2w3e4r a1!a1!a1! a1@a1@a1@ a1!b2@c3# aa11!!aa aa11@@aa 11!!aaqq !!11qqaa qq11!!qq qqww11!!
abc12345! abc123456! abc1234! abc@123! pw@12345 p@123456 pw123456! pass12345! passwd1! passwd123!
mypassword1! mypass123! my_pass1 newpass1! newpassword1! n3wp@ss! s3cr3t!! s3cret!1 secret1! secret123!
secret@123 t3st!123 test!@#1 te$t1234 trustno1! trustn0! tru$tno1 master@123 hello123! hello@123
h@cker123 hunter2! hunter2!! c0mput3r! dr@gon123 drag0n!! m0nkey!! sunsh1ne! pr1ncess! b@tman123
superm@n1 f00tb@ll b@seb@ll1 b@seball1 st@rwars1 st@rw@rs1 sh@dow123 m@ster123 ch@rlie1 mich@el1 j0rdan23!
fr33dom! l0veyou! l0v3you! love@123 s@kura123 s@kur@1! s@kur@123 sakura39! sakura-39 d0raemon! pik@chu1
p1kachu! p0kemon! n@ruto123 t0kyo2020! tokyo2020! tokyo@2020 t@naka123 y@mada123 suzuk1!! kenpo123!
hoken123! hoken@123 kenkou1! nihon123! japan123! j@pan123 japan@123
""".split()

# Most used first, as far as anybody knows: the order decides what is kept.
WORDS = """
password admin qwerty welcome abc test sakura pass user abcd iloveyou hello asdf letmein summer
qwer dragon pokemon doraemon monkey winter pikachu baseball sunshine master football princess
changeme secret login love tokyo japan naruto spring autumn superman soccer computer company
samurai root shadow batman hello1 qazwsx asdfgh zxcvbn zxcvbnm qwertyuiop asdfghjkl michael jordan charlie
yamada tanaka suzuki takahashi watanabe yamamoto nakamura kobayashi sato ito kato yoshida
sasaki matsumoto inoue kimura hayashi shimizu saito yamaguchi mori abe ikeda hashimoto ishikawa
ogawa maeda okada hasegawa fujita goto kondo murakami endo aoki sakamoto fujii nishimura fukuda
ota miura fujiwara okamoto matsuda nakagawa nakano harada ono tamura takeuchi kaneko wada nakayama ishida
ueda morita hara shibata sakai kudo yokoyama miyazaki miyamoto uchida takagi ando taniguchi
taro hanako ichiro jiro kenji takashi hiroshi satoshi akira makoto naoki daisuke kenta shota tatsuya
tsubasa yuta yusuke ryota takuya kazuya shingo masaki koji yuji kenichi shinji hiroki hideki keiko yoko
yuki yuko haruka misaki ayaka nanami sayuri kaori tomoko naoko emi mayumi megumi yumi mika ayumi akiko
kumiko mariko noriko hiromi chihiro hinata himari yui aoi sora haruto yuto ren minato riku kaito
nippon nihon osaka kyoto nagoya sapporo fukuoka yokohama kobe hiroshima okinawa hokkaido sendai
fujisan fuji himawari tanpopo momiji hikari nozomi kibou kaze umi hoshi tsuki niji yuzu momo
hanshin tigers giants dragons carp hawks lions marines fighters swallows baystars buffaloes
onepiece luffy zoro dragonball goku vegeta gundam evangelion sailormoon totoro ghibli anpanman hellokitty
kitty conan lupin kimetsu nezuko tanjiro eevee mario zelda sonic disney mickey minnie stitch snoopy
arashi smap exile nogizaka akb48 perfume babymetal xjapan spitz gackt bump
ninja sushi ramen arigato konnichiwa ohayou sayonara daisuki aishiteru kawaii kazoku tomodachi
neko inu nyanko wanko pochi tama koro choco chocolate mocha maron cocoa melody purin pudding
docomo softbank rakuten yahoo google amazon apple iphone android samsung facebook twitter instagram
microsoft windows oracle cisco linux ubuntu vmware office excel toyota honda nissan mazda subaru
sony panasonic toshiba hitachi sharp kenwood nintendo playstation
kenpo kenkou hoken hokensho mynumber shain kaisha soumu jinji
welcom passwd passw pw default temp temporary guest demo sample support service server system manager
administrator access internet network security private student teacher school college office365 work
money freedom flower angel jesus heaven blessed faith happy smile lucky lovely forever family friend friends
mother father daddy mommy baby babygirl lover iloveu loveyou loveme kiss sweet sweetie honey cookie
cheese pepper ginger coffee banana orange cherry apple1 peach lemon melon strawberry
tiger lion eagle falcon panther wolf bear horse kitten puppy dolphin butterfly phoenix
golf tennis hockey basketball volleyball swimming rugby chelsea arsenal liverpool barcelona realmadrid
juventus ronaldo messi neymar cowboys yankees lakers
starwars matrix spiderman ironman avengers hulk thor marvel joker matrix1 harrypotter gandalf merlin
hunter ranger killer warrior soldier trustno cowboy mustang ferrari porsche mercedes corvette harley
silver golden diamond crystal rainbow star moon sun sky ocean thunder storm
january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday holiday weekend christmas newyear birthday
jennifer jessica ashley amanda nicole daniel thomas robert andrew joshua matthew anthony william david
james john george justin brandon jason chris alex maria anna sarah laura melissa michelle elizabeth
london paris america canada newyork india china korea brazil mexico germany france
krishna ganesh shiva sairam india1 rahul priya delhi mumbai
q1w2e3r4 1q2w3e4r 1qaz2wsx 1q2w3e zaq12wsx q1w2e3 a1b2c3 a1b2c3d4 abc123 qwe qwe123 asd asd123 zxc zxcv aaa aaaa
abcde abcdef abcdefg abcdefgh aa qq zz xx
whatever nothing something anything blink182 metallica slipknot nirvana beatles elvis music guitar
purple yellow green orange1 black white blue red pink
number one first hacker letmein1 iamthe myname mypass mypassword newpassword newpass
""".split()

# What people write a letter as. One of these sets is applied to the whole word; most used first.
SPELLINGS = [
    {},
    {"a": "@"},
    {"o": "0"},
    {"a": "@", "o": "0"},
    {"s": "$"},
    {"a": "@", "s": "$", "o": "0"},
    {"i": "1"},
    {"e": "3"},
    {"a": "@", "i": "1"},
    {"a": "@", "e": "3"},
    {"i": "!"},
    {"a": "4"},
]

# What people put around it; most used first.
DECORATIONS = """
{}@123 {}123! {}1! {}!1 {}@1 {}#1 {}123@ {}@1234 {}1234! {}!123 {}#123 {}123# {}2023! {}@2023 {}2024!
{}@2024 {}1@ {}12! {}@12 {}12345! {}@12345 {} {}1 {}123 {}! {}_123 {}-123 {}.123 {}123. {}_1 {}-1 {}.1 {}1. {}1#
{}1$ {}123$ {}$1 {}$123 {}1? {}1* {}123* {}*1 {}1- {}123- {}2022! {}@2022 {}2021! {}@2021 {}2020! {}@2020
{}2025! {}@2025 {}1234@ {}@123! {}@01 {}01! {}11! {}@11 {}00! {}007! {}@007 {}99! {}@99 {}!@#1
{}123!@# {}!@#123 {}1!! {}!!1 {}#2023 {}#2024 {}#1234 {}1234# {}_1234 {}-1234 {}.1234 {}@321 {}321! {}@2019
{}2019! {}-2023 {}_2023 {}-2024 {}_2024 {}123456! {}@123456 {}!2 {}2! {}3! {}5! {}7! {}8! {}9! {}@2 {}@7
{}22! {}88! {}777! {}69! {}10! {}@10 {}21! {}23! {}24! {}!23 {}!12 {}+1 {}=1 {}/1 {}~1 {}&1 {}%1
1@{} 1!{} 123@{} 123!{} @{}1 !{}1 #{}1 @{}123 !{}123 #{}123 *{}1 {}12 {}1234 {}2023 {}01 {}@ {}# {}. {}$
{}#12 {}12# {}12@ {}@111 {}111! {}@100 {}100! {}@786 {}0! {}0@ {}@0 {}#7 {}@1990 {}1990! {}@2000 {}2000!
""".split()

SYMBOLS = set(string.punctuation)
LETTERS = set(string.ascii_lowercase)
DIGITS = set(string.digits)


def satisfies_the_rule(word):
    characters = set(word)
    return (
        8 <= len(word) <= 20
        and characters <= SYMBOLS | LETTERS | DIGITS
        and characters & SYMBOLS
        and characters & LETTERS
        and characters & DIGITS
    )


def candidates():
    """Every decorated word with how unlikely it is, in a fixed order."""
    for w, word in enumerate(WORDS, 1):
        for s, spelling in enumerate(SPELLINGS, 1):
            if spelling and not all(letter in word for letter in spelling):
                continue
            spelt = "".join(spelling.get(letter, letter) for letter in word)
            for d, decoration in enumerate(DECORATIONS, 1):
                yield w * s * d, decoration.format(spelt)


def entries():
    for word in LITERALS:
        if not satisfies_the_rule(word):
            sys.exit(f"{word} does not satisfy the rule: it needs no place on the list")
    chosen = set(LITERALS)
    size = sum(len(word) + 1 for word in chosen)
    for _, word in sorted(candidates()):
        if len(chosen) == MOST_ENTRIES or size > MOST_BYTES:
            break
        if word not in chosen and satisfies_the_rule(word):
            chosen.add(word)
            size += len(word) + 1
    return sorted(chosen)


def main():
    listed = "".join(word + "\n" for word in entries())
    path = pathlib.Path(__file__).with_name("common.txt")
    if "--check" in sys.argv[1:]:
        if path.read_text("ascii") != listed:
            sys.exit("common.txt is not what common.py writes: run it again")
    else:
        path.write_text(listed, "ascii", newline="\n")


if __name__ == "__main__":
    main()
