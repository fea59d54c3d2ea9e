namespace Postfleet.Contracts.Receiving;

/// <summary>An extension in the reply to EHLO (RFC 5321 section 4.1.1.1).</summary>
/// <param name="Text">The keyword with its parameters, in ASCII: <c>AUTH PLAIN LOGIN</c>, for example.</param>
/// <param name="NeedsTls">Whether the extension is offered under TLS alone.</param>
public readonly record struct EhloKeyword(string Text, bool NeedsTls = false);
