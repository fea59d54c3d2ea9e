namespace Postfleet.Authentication.Messages;

/// <summary>A header field as offsets into the octets of its <see cref="MessageHeader"/>.</summary>
/// <param name="Start">The offset of the name.</param>
/// <param name="NameEnd">The offset after the name, before white space that precedes the colon.</param>
/// <param name="ValueStart">The offset after the colon.</param>
/// <param name="End">The offset after the field with its continuation lines and its last line end.</param>
public readonly record struct HeaderField(int Start, int NameEnd, int ValueStart, int End);
