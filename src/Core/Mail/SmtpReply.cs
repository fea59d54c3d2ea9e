using System.Globalization;

namespace Postfleet.Core.Mail;

/// <summary>
/// A reply determining the outcome of a recipient: from a remote host, or of this program in the same form (for example <c>451 4.4.1</c>
/// when no host answers). Bounded: the text holds at most <see cref="MaxTextLength"/> characters.
/// </summary>
public sealed record SmtpReply
{
    /// <summary>The maximum length of a reply text in characters; a longer text of a peer is truncated.</summary>
    public const int MaxTextLength = 1000;

    /// <summary>Makes a reply.</summary>
    /// <param name="code">200 to 599.</param>
    /// <param name="status">The enhanced status code; null if there is none.</param>
    /// <param name="text">The text without code and enhanced code; lines of a multi-line reply are joined by <c>\n</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The code is no reply code.</exception>
    public SmtpReply(int code, EnhancedStatus? status, string text)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(code, 200);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(code, 599);
        Code = code;
        Status = status;
        Text = text.Length <= MaxTextLength ? text : text[..CutBefore(text, MaxTextLength)];
    }

    /// <summary>The three-digit code (RFC 5321 section 4.2).</summary>
    public int Code { get; }

    /// <summary>The enhanced status code; null if there is none.</summary>
    public EnhancedStatus? Status { get; }

    /// <summary>The text, without the codes.</summary>
    public string Text { get; }

    /// <summary>The command or content answered by the reply, if known.</summary>
    public ReplyStage Stage { get; init; }

    /// <summary>2yz.</summary>
    public bool IsPositive => Code is >= 200 and < 300;

    /// <summary>4yz: try again later.</summary>
    public bool IsTransient => Code is >= 400 and < 500;

    /// <summary>5yz: do not try again.</summary>
    public bool IsPermanent => Code >= 500;

    /// <summary>The enhanced code, or the generic code of the reply's class (RFC 3463 section 3.1: <c>x.0.0</c>).</summary>
    public EnhancedStatus StatusOrGeneric => Status ?? new EnhancedStatus(Code < 400 ? 2 : Code / 100, 0, 0);

    /// <summary>The same reply with its text cut to a number of characters.</summary>
    public SmtpReply WithTextOfAtMost(int length) =>
        Text.Length <= length ? this : new SmtpReply(Code, Status, Text[..CutBefore(Text, length)]) { Stage = Stage };

    /// <summary>One line: code, enhanced code, text.</summary>
    public override string ToString()
    {
        var text = Text.Replace('\n', ' ');
        return Status is { } status
            ? string.Create(CultureInfo.InvariantCulture, $"{Code} {status} {text}").TrimEnd()
            : string.Create(CultureInfo.InvariantCulture, $"{Code} {text}").TrimEnd();
    }

    // An unpaired surrogate could be neither stored nor sent.
    private static int CutBefore(string text, int length) =>
        length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
}
