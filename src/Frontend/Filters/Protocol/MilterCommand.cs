namespace Postfleet.Frontend.Filters.Protocol;

/// <summary>The codes of commands to a filter: SMFIC_* of libmilter's <c>mfdef.h</c>.</summary>
internal enum MilterCommand : byte
{
    Abort = (byte)'A',
    Body = (byte)'B',
    Connect = (byte)'C',
    Macros = (byte)'D',
    EndOfBody = (byte)'E',
    Hello = (byte)'H',
    NewConnection = (byte)'K',
    Header = (byte)'L',
    Mail = (byte)'M',
    EndOfHeader = (byte)'N',
    Negotiate = (byte)'O',
    Quit = (byte)'Q',
    Recipient = (byte)'R',
    Data = (byte)'T',
    Unknown = (byte)'U',
}

/// <summary>The codes of replies of a filter: SMFIR_* of libmilter's <c>mfdef.h</c>.</summary>
internal enum MilterReply : byte
{
    AddRecipient = (byte)'+',
    AddRecipientWithParameters = (byte)'2',
    DeleteRecipient = (byte)'-',
    ShutDown = (byte)'4',
    Accept = (byte)'a',
    ReplaceBody = (byte)'b',
    Continue = (byte)'c',
    Discard = (byte)'d',
    ChangeSender = (byte)'e',
    ConnectionFails = (byte)'f',
    AddHeader = (byte)'h',
    InsertHeader = (byte)'i',
    ChangeHeader = (byte)'m',
    Progress = (byte)'p',
    Quarantine = (byte)'q',
    Refuse = (byte)'r',
    Skip = (byte)'s',
    Defer = (byte)'t',
    ReplyCode = (byte)'y',
}

/// <summary>The stages for which a filter may choose macros: SMFIM_* of libmilter's <c>mfapi.h</c>.</summary>
internal enum MilterMacroStage
{
    Connect = 0,
    Hello = 1,
    Mail = 2,
    Recipient = 3,
    Data = 4,
    EndOfMessage = 5,
    EndOfHeader = 6,
}
