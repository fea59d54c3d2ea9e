using Postfleet.Contracts.Serialization;
using Postfleet.Operations.Book;
using Postfleet.Operations.Messages;

namespace Postfleet.Operations.Formats;

/// <summary>The formats of the module.</summary>
internal static class ActionFormats
{
    /// <summary>All formats of the module. Of several formats for a type, the last is written; all are read.</summary>
    public static IReadOnlyList<Codec> All { get; } =
    [
        new JournalCodec(new Codec<ActionOrdered, Wire.ActionOrdered>(
            "aor1", ActionMapping.ToWire, Wire.ActionOrdered.Parser, ActionMapping.FromWire)),
        new JournalCodec(new Codec<ActionAdvanced, Wire.ActionAdvanced>(
            "aad1", ActionMapping.ToWire, Wire.ActionAdvanced.Parser, ActionMapping.FromWire)),
        new JournalCodec(new Codec<ActionEnded, Wire.ActionEnded>(
            "aen1", ActionMapping.ToWire, Wire.ActionEnded.Parser, ActionMapping.FromWire)),
        new JournalCodec(new Codec<ActionsPiece, Wire.ActionsPiece>(
            "apc1", ActionMapping.ToWire, Wire.ActionsPiece.Parser, ActionMapping.FromWire)),
        new Codec<OrderAction, Wire.OrderAction>("oac1", ActionMapping.ToWire, Wire.OrderAction.Parser, ActionMapping.FromWire),
        new Codec<CancelAction, Wire.CancelAction>("cac1", ActionMapping.ToWire, Wire.CancelAction.Parser, ActionMapping.FromWire),
        new Codec<GetActions, Wire.GetActions>("gac1", ActionMapping.ToWire, Wire.GetActions.Parser, ActionMapping.FromWire),
        new Codec<ActionAnswer, Wire.ActionAnswer>("aan1", ActionMapping.ToWire, Wire.ActionAnswer.Parser, ActionMapping.FromWire),
        new Codec<GetSuspensions, Wire.GetSuspensions>(
            "gsu1", ActionMapping.ToWire, Wire.GetSuspensions.Parser, ActionMapping.FromWire),
        new Codec<SuspensionList, Wire.SuspensionList>(
            "sul1", ActionMapping.ToWire, Wire.SuspensionList.Parser, ActionMapping.FromWire),
        new Codec<LoginBatch, Wire.LoginBatch>("lgb1", LoginMapping.ToWire, Wire.LoginBatch.Parser, LoginMapping.FromWire),
    ];
}
