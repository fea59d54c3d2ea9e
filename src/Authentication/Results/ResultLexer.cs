using System.Text;

namespace Postfleet.Authentication.Results;

/// <summary>
/// Reads the words of an Authentication-Results field (RFC 8601 section 2.2): skips white space, line ends, control characters and nested
/// comments, and reads tokens and quoted strings. Never throws; an unclosed comment or string reaches to the end. Pure.
/// </summary>
/// <param name="text">The text of the value.</param>
internal ref struct ResultLexer(ReadOnlySpan<char> text)
{
    private readonly ReadOnlySpan<char> _text = text;

    /// <summary>The offset of the next character.</summary>
    public int Position { get; private set; }

    /// <summary>Whether the text is at its end.</summary>
    public readonly bool IsAtEnd => Position >= _text.Length;

    /// <summary>The next character; NUL at the end.</summary>
    public readonly char Next => IsAtEnd ? '\0' : _text[Position];

    /// <summary>Skips white space and comments (CFWS).</summary>
    public void SkipSpace()
    {
        while (!IsAtEnd)
        {
            if (_text[Position] == '(') SkipComment();
            else if (_text[Position] is <= ' ' or '\x7f') Position++;
            else return;
        }
    }

    /// <summary>Skips the next character if it is the expected one, with space before it.</summary>
    public bool Skip(char expected)
    {
        SkipSpace();
        if (Next != expected || IsAtEnd) return false;
        Position++;
        return true;
    }

    /// <summary>A token or a quoted string without its quotes; null if there is neither.</summary>
    /// <param name="stops">Characters that end a token, besides white space, comments and quotes.</param>
    public string? Word(string stops)
    {
        SkipSpace();
        if (Next == '"') return Quoted();
        var start = Position;
        while (!IsAtEnd && _text[Position] is > ' ' and not ('(' or '"' or '\x7f') && !stops.Contains(_text[Position])) Position++;
        return Position > start ? _text[start..Position].ToString() : null;
    }

    /// <summary>Moves to the next semicolon outside of comments and quoted strings, or to the end.</summary>
    /// <returns>The text before it.</returns>
    public ReadOnlySpan<char> SkipToSemicolon()
    {
        var start = Position;
        while (!IsAtEnd && _text[Position] != ';')
        {
            if (_text[Position] == '(') SkipComment();
            else if (_text[Position] == '"') Quoted();
            else Position++;
        }

        return _text[start..Position];
    }

    private string Quoted()
    {
        var word = new StringBuilder();
        for (Position++; !IsAtEnd; Position++)
        {
            var c = _text[Position];
            if (c == '"')
            {
                Position++;
                break;
            }

            if (c == '\\' && Position + 1 < _text.Length) c = _text[++Position];
            // Line ends and control characters are no part of a quoted string.
            if (c is '\t' or (>= ' ' and not '\x7f')) word.Append(c);
        }

        return word.ToString();
    }

    private void SkipComment()
    {
        var depth = 0;
        for (; !IsAtEnd; Position++)
        {
            switch (_text[Position])
            {
                case '\\':
                    Position++;
                    break;
                case '(':
                    depth++;
                    break;
                case ')' when --depth == 0:
                    Position++;
                    return;
            }
        }

        Position = Math.Min(Position, _text.Length);
    }
}
