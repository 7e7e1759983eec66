"""How people ask. Training draws from here, evaluation from heldout.QUESTIONS, by the same keys."""
from . import heldout

QUESTIONS = {
    "text": ["What does it say?", "Read the text.", "What is written here?", "what does it say",
             "read the text", "What is the text in the picture?", "Read this to me.",
             "Please read what is written.", "What words are in the image?", "Read it out.",
             "Give me the text.", "Transcribe the text.", "What text is there?", "read this",
             "What can be read here?", "Which text is in this picture?"],
    "sign": ["What does the sign say?", "what does the sign say", "Read the sign.",
             "What is written on the sign?", "What's on the sign?", "What does the board say?",
             "Tell me what the sign says.", "Which text is on the sign?", "read the sign",
             "What is on the board?", "What is written on the board?"],
    "page": ["Transcribe the page.", "Transcribe this page.", "Read the page.", "Read the whole page.",
             "Write down all the text.", "Give the full text of the page.", "transcribe",
             "What does the page say?", "Write out the text of the page."],
    "total": ["What is the total?", "what is the total", "How much is the total?", "What is the sum?",
              "How much is it?", "What is the total amount?", "How much has to be paid?",
              "What is the total due?", "What was paid in total?", "What is the total on this?",
              "How much is it in total?", "Total?", "What does everything cost together?"],
    "date": ["What is the date?", "what is the date", "When was it issued?", "Which date is on it?",
             "What date is given?", "Date?", "What is the date of this document?",
             "When was this written?", "What day is it from?", "Tell me the date."],
    "seller": ["Who is it from?", "who is it from", "What is the name of the shop?",
               "Which company is it from?", "Which shop is it?", "Who issued it?", "Who sold it?",
               "What is the name of the company?", "What is the name of the seller?"],
    "buyer": ["Who is billed?", "Who is it for?", "Who is the customer?", "Who is it addressed to?",
              "Who has to pay?", "What is the name of the customer?", "Who is it made out to?"],
    "number": ["What is the number?", "What is the invoice number?", "What number does it have?",
               "What is the reference?", "What is the reference number?", "what is the number",
               "Which number is on it?", "What is the number of the document?"],
    "count": ["How many items are there?", "How many items?", "how many items", "How many lines are listed?",
              "How many things are on the list?", "How many different items are listed?"],
    "price": ["How much is {item}?", "What does {item} cost?", "What is the price of {item}?",
              "how much is {item}", "What did {item} cost?", "Price of {item}?", "How much did {item} cost?",
              "How much was {item}?"],
    "quantity": ["How many {item} are there?", "How many {item}?", "What is the quantity of {item}?",
                 "How many {item} were ordered?", "How many of {item} are listed?"],
    "phone": ["What is the phone number?", "What is the telephone number?", "Which number do I call?",
              "what is the phone number", "What number can I ring?", "Phone number?"],
    "address": ["What is the address?", "Where is it?", "What is the street?", "what is the address",
                "Which street is it in?", "What address is given?"],
    "due": ["When is it due?", "What is the due date?", "When must it be paid?", "Pay by when?",
            "By which date must it be paid?", "When is the invoice due?"],
    "tax": ["How much is the tax?", "What is the tax?", "How much tax is there?", "What is the VAT?",
            "how much tax", "How much VAT is there?"],
    "sender": ["Who wrote the letter?", "Who is the letter from?", "Who signed it?", "Who sent this?",
               "Who wrote this?", "Who is the sender?"],
    "receiver": ["Who is the letter to?", "Who is it written to?", "To whom is the letter addressed?",
                 "Who receives it?", "Whom is it addressed to?", "Who is the receiver?"],
    "subject": ["What is the letter about?", "What is the subject?",
                "What does the subject line say?"],
    "field": ["What is {item}?", "What does it say for {item}?", "What is written under {item}?",
              "what is {item}", "What was filled in for {item}?", "{item}?", "What is the {item}?"],
    "ticked": ["Which box is ticked?", "What is ticked?", "Which option is ticked?",
               "Which option was chosen?", "which box is ticked"],
    "cell": ["What is the {column} of {item}?", "What is {column} for {item}?",
             "{column} of {item}?", "What {column} does {item} have?"],
    "most": ["Which has the most?", "Which one is the highest?", "Which bar is the tallest?",
             "Which is the largest?", "What has the highest value?"],
    "least": ["Which has the least?", "Which one is the lowest?", "Which is the smallest?",
              "Which bar is the shortest?", "What has the lowest value?"],
    "value": ["What is the value of {item}?", "How much is {item}?", "What is the number for {item}?",
              "How many in {item}?", "What value is shown for {item}?"],
    "title": ["What is the title?", "what is the title", "What is the heading?", "What is it called?",
              "Which title does it have?", "What does the heading say?"],
    "json": ["Give {fields} as JSON.", "Answer as JSON: {fields}.", "JSON with {fields}.",
             "Extract {fields} as JSON.", "Write {fields} as a JSON object.", "{fields} as JSON"],
    "colour": ["What colour is the {item}?", "What color is the {item}?", "Which colour does the {item} have?",
               "what colour is the {item}", "The {item} is what colour?"],
    "shape": ["What shape is {item}?", "Which shape is {item}?", "What is the {item} shape?",
              "what shape is {item}"],
    "howmany": ["How many {item} are there?", "how many {item}", "How many {item} do you see?",
                "How many {item} are in the picture?"],
    "where": ["Where is the {item}?", "where is the {item}", "Where in the picture is the {item}?",
              "On which side is the {item}?"],
    "describe": ["What is in the picture?", "Describe the picture.", "What do you see?",
                 "What does the picture show?", "describe the image", "What is shown?"],
    "summary": ["Summarise the video.", "What happens?", "summarise", "Summarize this video.",
                "What happens in the video?", "What is shown in the clip?", "Describe the video."],
    "when": ["When does {item} appear?", "when does {item} appear", "At what time does {item} appear?",
             "When is {item} shown?", "When can {item} be seen first?"],
}


def ask(rng, split, key, **words):
    """A wording of this question that the split may use."""
    pool = heldout.QUESTIONS[key] if split == "eval" else QUESTIONS[key]
    return str(pool[int(rng.integers(len(pool)))]).format(**words)


def check():
    """No wording may be on both sides."""
    for key, wordings in QUESTIONS.items():
        both = {w.lower().strip("?. ") for w in wordings} & {
            w.lower().strip("?. ") for w in heldout.QUESTIONS[key]}
        assert not both, f"{key}: {both} is on both sides"
    assert QUESTIONS.keys() == heldout.QUESTIONS.keys()
