namespace Postfleet.Testing;

/// <summary>A reply read by the tests' client.</summary>
/// <param name="Code">The three digits.</param>
/// <param name="Text">All lines without their codes, joined by <c>\n</c>.</param>
public readonly record struct SmtpReply(int Code, string Text)
{
    /// <summary>Whether the code is 2yz or 3yz.</summary>
    public bool IsPositive => Code is >= 200 and < 400;
}
