namespace Postfleet.Frontend.Filters.Protocol;

/// <summary>What a filter may change: the flags SMFIF_* of libmilter's <c>mfdef.h</c>.</summary>
[Flags]
internal enum MilterActions : uint
{
    None = 0,
    AddHeader = 0x01,
    ReplaceBody = 0x02,
    AddRecipient = 0x04,
    DeleteRecipient = 0x08,
    ChangeHeader = 0x10,
    Quarantine = 0x20,
    ChangeSender = 0x40,
    AddRecipientWithParameters = 0x80,
    ChooseMacros = 0x100,

    All = 0x1ff,
}

/// <summary>Which commands a filter does not want or does not answer: the flags SMFIP_* of libmilter's <c>mfdef.h</c>.</summary>
[Flags]
internal enum MilterSteps : uint
{
    None = 0,
    NoConnect = 0x01,
    NoHello = 0x02,
    NoMail = 0x04,
    NoRecipient = 0x08,
    NoBody = 0x10,
    NoHeaders = 0x20,
    NoEndOfHeader = 0x40,
    NoReplyToHeader = 0x80,
    NoUnknown = 0x100,
    NoData = 0x200,

    /// <summary>The filter may answer that it wants no more of the body.</summary>
    Skip = 0x400,

    NoReplyToConnect = 0x1000,
    NoReplyToHello = 0x2000,
    NoReplyToMail = 0x4000,
    NoReplyToRecipient = 0x8000,
    NoReplyToData = 0x10000,
    NoReplyToUnknown = 0x20000,
    NoReplyToEndOfHeader = 0x40000,
    NoReplyToBody = 0x80000,

    /// <summary>Values of header fields keep the space behind the colon, both ways.</summary>
    LeadingSpace = 0x100000,

    /// <summary>All that this client understands. Recipients that were refused are not reported (SMFIP_RCPT_REJ).</summary>
    All = 0x1ff7ff,
}
