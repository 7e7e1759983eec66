"""Everything that training never sees. The split "eval" draws from here and from nowhere else;
the split "train" never does. One file, so that the promise can be checked by reading it.

Fonts are named by the beginning of their file names. Layouts, backgrounds and shop fronts are
functions that are registered under a name in signs.py and papers.py.
"""

FONTS = ("Cabin-", "ClearSans", "Quattrocento", "CourierPrime", "Roboto-", "Fanwood", "Sora-",
         "YanoneKaffeesatz", "Gentium", "PTS", "PT_", "Karla", "B612-", "Arapey")

LAYOUTS = ("receipt: boxed", "invoice: sidebar", "form: two columns", "letter: centred head",
           "table: striped", "chart: dots", "label: wide", "page: drop line", "sign: ribbon",
           "sign: split board", "screen: list")

BACKGROUNDS = ("planks", "rings", "diamonds")

QUESTIONS = {
    "text": ["Please tell me what is printed here.", "Which words can be seen?",
             "What text does this show?", "What is the wording on it?"],
    "sign": ["Can you read me the sign?", "Which words are on the board?", "The sign says what?"],
    "page": ["Copy out everything on this sheet.", "Type out this page for me."],
    "total": ["How much does it come to altogether?", "State the total.",
              "What sum is there to pay in all?"],
    "date": ["Which date does it carry?", "On what day was this made out?"],
    "seller": ["Whose business issued this?", "Name the seller."],
    "buyer": ["To which customer does it go?", "Name the customer."],
    "number": ["Which number identifies this document?", "Tell me its reference number."],
    "count": ["Count the items that are listed.", "What is the number of items listed?"],
    "price": ["What do you pay for {item}?", "Tell me the price of {item}."],
    "quantity": ["Which quantity of {item} is listed?", "{item}: how many?"],
    "phone": ["Which telephone number can I call?", "Tell me the phone number."],
    "address": ["Which address is given?", "In which street is it?"],
    "due": ["By what day must it be paid?", "What is the last day for payment?"],
    "tax": ["How big is the tax?", "Tell me the tax amount."],
    "sender": ["Who is the writer of this letter?", "By whom was it written?"],
    "receiver": ["Who is meant to read this letter?", "Who gets this letter?"],
    "subject": ["What does the letter deal with?", "Tell me the subject."],
    "field": ["Which entry stands at {item}?", "Tell me what {item} says."],
    "ticked": ["Which choice is marked?", "Which of the boxes has a mark?"],
    "cell": ["Look up {column} for {item}.", "Which value has {item} under {column}?"],
    "most": ["Where is the value greatest?", "Which one leads?"],
    "least": ["Where is the value smallest?", "Which one comes last?"],
    "value": ["Which value does {item} have?", "Read off {item}."],
    "title": ["What is it headed?", "Which heading does it have?"],
    "json": ["Return {fields} in JSON.", "I need {fields} as a JSON object."],
    "colour": ["In which colour is the {item}?", "Name the colour of the {item}."],
    "shape": ["What kind of shape is {item}?", "Name the {item} shape."],
    "howmany": ["Count the {item}.", "What is the number of {item}?"],
    "where": ["In which part of the picture is the {item}?", "Say where the {item} lies."],
    "describe": ["Tell me what is to be seen.", "What does the picture contain?"],
    "summary": ["Sum up this clip.", "What goes on in the video?"],
    "when": ["At which time does {item} first show?", "From when on can {item} be seen?"],
}
