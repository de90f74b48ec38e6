"""Words that name nothing, in the languages that most collections are described in.

Belongs here: the list. Written for this project: function words, and the few words that only say "a picture".
"""

_LISTS = """
en: a about above after again against all also although always am among an and another any are aren't around as at
 away back be became because become been before behind being below between both but by came can cannot could did
 do does doesn't doing don't down during each either else etc even ever every few first five for four from further
 get go had has have having he her here hers herself him himself his how however i if in into is isn't it its
 itself just last least less let like made make many may me might mine more most much must my near neither never new
 next no non nor not now of off often on once one only onto or other others our ours out over own per perhaps same
 second see seen several shall she should shown shows showing since so some still such than that that's the their
 theirs them themselves then there therefore these they this those three through thus till to together too toward
 towards two under until unto up upon us used uses using very via was we well went were what when where whether which
 while who whom whose why will with within without would yet you your yours untitled unknown image images picture
 pictures photo photos photograph photographs photographed circa approximately
de: aber alle allem allen aller alles als also am an ander andere anderem anderen anderer anderes auch auf aus bei beim
 bin bis bist da dadurch damit dann das dass daß dein deine dem den denn der des dessen dich die dies diese diesem
 diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines einige einigen er es etwa etwas euch
 euer für gegen gewesen hab habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im
 in indem ins ist ja jede jedem jeden jeder jedes jener jetzt kann kein keine keinem keinen können könnte mal man
 manche mehr mein meine mich mir mit muss nach nicht nichts noch nun nur ob oder ohne sehr sein seine seinem seinen
 seiner selbst sich sie sind so solche soll sondern sonst über um und uns unser unter viel vom von vor während war
 waren warum was weg weil weiter welche welcher wenn wer werden wie wieder will wir wird wo wurde wurden zu zum zur
 zwar zwei zwischen bild bilder foto fotos
fr: afin ainsi alors après assez au aucun aucune auquel aussi autre autres aux avant avec avoir beaucoup bien car ce
 ceci cela celle celles celui cependant ces cet cette ceux chaque chez comme comment contre dans de déjà depuis des
 deux dont du elle elles en encore entre est et étaient était être eu eux fait fut furent hors ici il ils je jusque la
 là le les leur leurs lors lorsque lui ma mais me même mêmes mes moi moins mon ne ni non nos notre nous on ont ou où
 par parce pas pendant peu plus plusieurs pour pourquoi près qu quand que quel quelle quelles quelques qui quoi sa
 sans se sera ses si sien son sont sous sur ta te tes toi ton tous tout toute toutes très tu un une vers vos votre vous
 image images photo photos photographie
es: al algo algún alguna algunas alguno algunos ante antes aquel aquella aquellos así aún aunque bajo bien cada casi
 como con contra cual cuando cuyo de del desde donde dos durante el ella ellas ellos en entre era eran es esa esas ese
 eso esos esta estaba estado están estar estas este esto estos fue fueron ha había han hasta hay la las le les lo los
 más me mi mientras mis mucho muchos muy nada ni no nos nosotros nuestra nuestro o os otra otras otro otros para pero
 poco por porque pues que qué quien se sea según ser si sí sido sin sobre solo sólo son su sus también tan tanto te
 tiene tienen toda todas todo todos tras tu tus un una unas uno unos usted ya yo imagen fotografía foto
it: abbiamo agli ai al alla alle allo anche ancora avere che chi ci ciò col come con contro cui da dagli dai dal dalla
 dalle degli dei del della delle dello di dopo dove due e ed era erano essere è fino fra fu furono gli ha hanno ho i il
 in io la le lei lo loro lui ma me mi mia mio molto ne negli nei nel nella nelle nello noi non nostra nostro o ogni
 oltre per perché però più poi presso prima qualche quale quando quella quelle quelli quello questa queste questi questo
 qui sé senza si sia sono sopra sotto stata stato su sua sue sugli sui sul sulla sulle suo suoi tra tutta tutte tutti
 tutto un una uno verso vi immagine fotografia foto
pt: a ao aos aquela aquele as até com como contra da das de dela dele deles depois do dois dos e é ela elas ele eles em
 entre era eram essa esse esta está estas este estes eu foi foram há isso isto já lhe lo mais mas me mesmo meu minha
 muito na nas nem no nos nós nossa nosso num numa o os ou para pela pelas pelo pelos por porque quando que quem são se
 sem ser seu seus só sob sobre sua suas também tem têm todo todos três tu um uma umas uns você imagem fotografia foto
nl: aan al alle alleen als altijd ander andere bij binnen boven daar dan dat de den der des deze die dit doch doen door
 dus een eens en er ge geen haar had hadden heb hebben heeft hem het hier hij hoe hun iets ik in is ja je kan kon
 kunnen maar mag me meer men met mij mijn moet na naar niet niets nog nu of om omdat ons onder ook op over reeds samen
 te tegen toch toen tot tussen uit uw van vanaf veel veld voor waar was waren wat wel werd werden wie wij wordt worden
 zal ze zeer zelf zich zij zijn zo zonder zou foto beeld
sv: alla allt andra att av bara blev bli blir den denna deras dess det detta dig din du där då efter ej eller en er ett
 från för ha hade han hans har hela henne hennes hon honom hur här i icke inte jag kan kunde man med mellan men mig min
 mot mycket när någon något några och om oss på samma sedan sig sin sina som till under upp ut utan vad var vara vid vi
 över bild
da: af alle anden andet at blev blive da de dem den denne deres det dette dig din dog du efter eller en end er et for
 fra få ham han hans har havde hende her hos hun hvad hvis hvor i ikke ind jeg jo kan man mange med meget men mig min
 mod ned noget nogle nu når og også om op os over på sig sin skal som sådan til ud under var ved vi vil været
pl: aby ale albo być był była było były bardzo bez bo ci co czy dla do gdy gdzie go ich ile im inne iż ja jak jako je
 jego jej jest jeszcze już kiedy która które którego której który których lub ma mi może mu na nad nie nich nim no o od
 on ona one oni oraz po pod przed przez przy się są sobie swoje ta tak także tam te tego tej ten to tu tym tylko w we
 wszystko z za ze że
cs: aby ale ani asi bez bude by byl byla bylo být co což či do ho i jak jako je jeho jej její jen ještě ji jsem jsou k
 kde kdo když která které který mezi mi na nad ne nebo není než o od on po pod podle pro proto před při s se si své svůj
 ta tak také tam ten tento to tím u už v ve více však z za ze že
ru: без бы был была были было быть в вам вас весь во вот все всего всех вы где да даже для до его ее если есть еще же за
 здесь и из или им их к как ко когда кто ли либо мне может мы на над надо не него нее нет ни них но ну о об однако он
 она они оно от очень по под при с со так также такой там те тем то того тоже той только том тут ты у уже хотя чего
 чей чем что чтобы эта эти это этого этой этом этот я фото
uk: або але без був була були було бути в від він вона вони все всі для до його її є з за і із їх й як який яка які коли
 на над не ні них о по при про та так також там те ти то той у це цей ця ці що щоб я
tr: ama bir bu çok da daha de değil diye en gibi hem her için ile ise kadar ki mi ne o olan olarak sonra şu ve veya ya
el: αλλά αν από αυτή αυτό αυτός για δε δεν είναι εκ ένα ένας επί η ή θα και κατά με μετά μη μια να ο οι όπου όταν ότι
 που προς σε στα στη στην στις στο στον στους τα την της τις το τον του τους των ως
ar: أن إلى أو ان الى التي الذي على عن في قد كان كانت كل لا لم له لها ما مع من هذا هذه هو هي و
he: או אל את גם הוא היא הם זה זו כי לא של על עם
months: january february march april june july august september october november december jan feb mar apr jun jul aug
 sep sept oct nov dec januar februar märz mai juni juli oktober dezember janvier février mars avril juin juillet août
 septembre octobre novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre
 diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre novembre dicembre janeiro fevereiro março
 maio junho julho setembro outubro dezembro
"""

#: Folded (``str.casefold``).
STOP_WORDS = frozenset(word.casefold() for word in _LISTS.split() if not word.endswith(":"))
